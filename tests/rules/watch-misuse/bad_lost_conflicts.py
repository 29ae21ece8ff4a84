"""A conflict that nobody hears of: the change is not made, and all goes on as if it were."""

import logging
from contextlib import suppress

import redis
from celery import shared_task
from redis import WatchError

logger = logging.getLogger(__name__)
client = redis.Redis(host="cache", socket_timeout=2)


def swallowed(sku, quantity):
    with client.pipeline() as pipe:
        try:
            pipe.watch(f"stock:{sku}")
            left = int(pipe.get(f"stock:{sku}") or 0)
            pipe.multi()
            pipe.set(f"stock:{sku}", left - quantity)
            pipe.execute()  # expect: FEN207 "WatchError"
        except WatchError:
            pass


def logged(sku, quantity):
    with client.pipeline() as pipe:
        pipe.watch(f"stock:{sku}")
        left = int(pipe.get(f"stock:{sku}") or 0)
        pipe.multi()
        pipe.set(f"stock:{sku}", left - quantity)
        try:
            pipe.execute()  # expect: FEN207
        except redis.WatchError as error:
            logger.warning("conflict on %s: %s", sku, error)


def swallowed_for_each(skus):
    for sku in skus:
        with client.pipeline() as pipe:
            try:
                pipe.watch(sku)
                left = int(pipe.get(sku) or 0)
                pipe.multi()
                pipe.set(sku, left - 1)
                pipe.execute()  # expect: FEN207
            except redis.exceptions.WatchError:
                logger.info("somebody else changed %s", sku)
                continue


def suppressed(sku):
    with client.pipeline() as pipe, suppress(WatchError):
        pipe.watch(sku)
        left = int(pipe.get(sku) or 0)
        pipe.multi()
        pipe.set(sku, left - 1)
        pipe.execute()  # expect: FEN207


@shared_task
def lost_in_a_task(sku):
    with client.pipeline() as pipe:
        pipe.watch(sku)
        left = int(pipe.get(sku) or 0)
        pipe.multi()
        pipe.set(sku, left - 1)
        pipe.execute()  # expect: FEN207 "nobody"
