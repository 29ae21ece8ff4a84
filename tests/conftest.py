"""Options of the whole test run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-goldens`` writes what is found instead of comparing it; look at the difference before keeping it."""
    parser.addoption("--update-goldens", action="store_true", help="rewrite tests/lowering/golden/*.txt")
