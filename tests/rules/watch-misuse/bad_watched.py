"""WATCH that does not cover the read that counts."""

import redis
from redis.exceptions import WatchError

client = redis.Redis(host="cache", socket_timeout=2)


def watches_another_key(sku):
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(sku)
                left = int(pipe.get(f"stock:{sku}") or 0)  # expect: FEN207 "watch"
                if left <= 0:
                    return False
                pipe.multi()
                pipe.decr(f"stock:{sku}")
                pipe.execute()
                return True
            except WatchError:
                continue


def reads_before_it_watches(sku):
    left = int(client.get(f"stock:{sku}") or 0)  # expect: FEN207 "before"
    with client.pipeline() as pipe:
        pipe.watch(f"stock:{sku}")
        pipe.multi()
        pipe.set(f"stock:{sku}", left - 1)
        pipe.execute()


def watches_the_counter_only(account, amount):
    with client.pipeline() as pipe:
        pipe.watch("version")
        have = int(pipe.get(account) or 0)  # expect: FEN207
        pipe.multi()
        pipe.set(account, have - amount)
        pipe.execute()
