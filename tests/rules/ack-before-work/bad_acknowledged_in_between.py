"""Acknowledged on a side of a branch from which the run goes on to the work."""

import redis

client = redis.Redis()


def take():
    found = client.xreadgroup(groupname="workers", consumername="a", count=1, streams={"orders": ">"})
    _stream, messages = found[0]
    return messages[0]


def counted(early):
    ident, payload = take()
    if early:
        client.xack("orders", "workers", ident)  # expect: FEN302
    client.sadd("orders", payload["order"])


def tried():
    ident, payload = take()
    try:
        if "order" not in payload:
            client.xack("orders", "workers", ident)  # expect: FEN302
            return
    finally:
        client.sadd("seen", ident)


def after_the_loop(count):
    ident = None
    for _ in range(count):
        ident, payload = take()
        if "order" in payload:
            client.xack("orders", "workers", ident)  # expect: FEN302
            break
    client.sadd("last", ident)
