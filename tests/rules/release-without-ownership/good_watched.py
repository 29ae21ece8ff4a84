"""Compared and deleted in one transaction, which fails when the lock has changed hands: then it is not ours."""

import uuid

import redis

client = redis.Redis(decode_responses=True)


def watched(shop):
    token = uuid.uuid4().hex
    if not client.set(f"lock:{shop}", token, nx=True, ex=30):
        return
    try:
        client.incr("n")
    finally:
        with client.pipeline() as pipe:
            try:
                pipe.watch(f"lock:{shop}")
                if pipe.get(f"lock:{shop}") == token:
                    pipe.multi()
                    pipe.delete(f"lock:{shop}")
                    pipe.execute()  # false-alarm: FEN207
            except redis.WatchError:
                pass
