"""Consumers of Redis, by itself and through kombu, that another process runs step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.replay.workers import Code

if TYPE_CHECKING:
    import kombu
    import redis

SOON = 5.0
"""Seconds to wait for what happens at once."""
STREAM, GROUP, LIST, TAKEN = "orders", "shippers", "queue", "taken"


def reads_from_group(client: redis.Redis) -> Code:
    yield "read"
    [[_, [(ident, _)]]] = client.xreadgroup(GROUP, "first", {STREAM: ">"})
    yield "work"
    yield "ack"
    client.xack(STREAM, GROUP, ident)
    yield "end"


def reads_without_ack(client: redis.Redis) -> Code:
    yield "read"
    assert client.xreadgroup(GROUP, "first", {STREAM: ">"}, noack=True)
    yield "work"


def pops(client: redis.Redis) -> Code:
    yield "pop"
    assert client.blpop([LIST], timeout=SOON)
    yield "work"


def moves(client: redis.Redis) -> Code:
    yield "move"
    item = client.blmove(LIST, TAKEN, SOON, "LEFT", "RIGHT")
    yield "work"
    yield "remove"
    client.lrem(TAKEN, 1, item)
    yield "end"


def kombu_connection(text: str) -> kombu.Connection:
    import kombu

    settings = json.loads(text)
    return kombu.Connection(settings["url"], transport_options=settings["options"])


def gets(connection: kombu.Connection) -> Code:
    queue = connection.SimpleQueue(LIST)
    yield "get"
    message = queue.get(timeout=SOON)
    yield "work"
    yield "ack"
    message.ack()
    yield "end"


def gets_without_ack(connection: kombu.Connection) -> Code:
    queue = connection.SimpleQueue(LIST, no_ack=True)
    yield "get"
    queue.get(timeout=SOON)
    yield "work"
