"""The bench on which all cases are run: the session's servers and a nursery of workers."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.fixes.executions.forking import Nursery
from tests.fixes.executions.measuring import Bench
from tests.fixes.executions.outcomes import Stores

DATABASE = "fenceline_fixes"


@pytest.fixture(scope="session")
def bench(redis_socket: str, postgres_uri: str) -> Iterator[Bench]:
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}".encode())
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
        connection.execute(f"ALTER DATABASE {DATABASE} SET deadlock_timeout = '100ms'".encode())
    uri = postgres_uri.replace("/postgres?", f"/{DATABASE}?")
    assert uri != postgres_uri
    nursery = Nursery({"redis": redis_socket, "postgresql": uri})
    stores = Stores(redis_socket, uri)
    yield Bench(nursery, stores)
    stores.close()
    nursery.close()
