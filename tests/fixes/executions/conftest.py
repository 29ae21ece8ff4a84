"""The bench on which all cases are run: the session's servers and a nursery of workers."""

from __future__ import annotations

from collections.abc import Iterator

import confluent_kafka
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
    cluster = confluent_kafka.Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    found = cluster.list_topics(timeout=10).brokers.values()
    brokers = ",".join(f"{one.host}:{one.port}" for one in found)
    nursery = Nursery({"redis": redis_socket, "postgresql": uri, "kafka": brokers})
    stores = Stores(redis_socket, uri, brokers)
    yield Bench(nursery, stores)
    stores.close()
    nursery.close()
    cluster.flush(1)  # it lives until here, and its cluster with it
