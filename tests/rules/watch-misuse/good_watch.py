"""WATCH as it is meant, and conflicts that somebody hears of."""

import logging
from http import HTTPStatus

import names
import redis
import redis.asyncio
from celery import shared_task
from redis import WatchError

logger = logging.getLogger(__name__)
client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)


def until_it_holds(key, quantity):
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(key)
                left = int(pipe.get(key) or 0)
                if left < quantity:
                    pipe.unwatch()
                    return False
                pipe.multi()
                pipe.set(key, left - quantity)
                pipe.execute()
                return True
            except WatchError:
                logger.info("again: %s", key)


def read_by_the_client_once_it_is_watched(key):
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(key)
                left = int(client.get(key) or 0)
                pipe.multi()
                pipe.set(key, left - 1)
                pipe.execute()
                break
            except WatchError:
                continue


def a_few_times(key):
    for _ in range(5):
        with client.pipeline() as pipe:
            try:
                pipe.watch(key)
                left = int(pipe.get(key) or 0)
                pipe.multi()
                pipe.set(key, left - 1)
                pipe.execute()
                return True
            except WatchError:
                continue
    return False


def until_it_is_done(key):
    is_done = False
    while not is_done:
        with client.pipeline() as pipe:
            try:
                pipe.watch(key)
                left = int(pipe.get(key) or 0)
                pipe.multi()
                pipe.set(key, left - 1)
                pipe.execute()
                is_done = True
            except WatchError:
                pass


def told_to_the_caller(key):
    with client.pipeline() as pipe:
        pipe.watch(key)
        left = int(pipe.get(key) or 0)
        pipe.multi()
        pipe.set(key, left - 1)
        pipe.execute()


def false_to_the_caller(key):
    with client.pipeline() as pipe:
        try:
            pipe.watch(key)
            left = int(pipe.get(key) or 0)
            pipe.multi()
            pipe.set(key, left - 1)
            pipe.execute()
            return True
        except WatchError:
            logger.info("conflict")
    return False


def status_to_the_caller(key):
    with client.pipeline() as pipe:
        try:
            pipe.watch(key)
            left = int(pipe.get(key) or 0)
            pipe.multi()
            pipe.set(key, left - 1)
            pipe.execute()
        except WatchError:
            return HTTPStatus.CONFLICT
        return HTTPStatus.OK


def a_mark_for_what_follows(key):
    is_changed = True
    with client.pipeline() as pipe:
        try:
            pipe.watch(key)
            left = int(pipe.get(key) or 0)
            pipe.multi()
            pipe.set(key, left - 1)
            pipe.execute()
        except WatchError:
            is_changed = False
    return is_changed


def transaction_method(key):
    def take(pipe):
        left = int(pipe.get(key) or 0)
        pipe.multi()
        pipe.set(key, left - 1)

    client.transaction(take, key)


@shared_task(bind=True, max_retries=5)
def retried_by_hand(self, key):
    with client.pipeline() as pipe:
        try:
            pipe.watch(key)
            left = int(pipe.get(key) or 0)
            pipe.multi()
            pipe.set(key, left - 1)
            pipe.execute()
        except WatchError as error:
            raise self.retry(exc=error)


@shared_task(autoretry_for=(WatchError,), max_retries=5)
def retried_by_the_worker(key):
    with client.pipeline() as pipe:
        pipe.watch(key)
        left = int(pipe.get(key) or 0)
        pipe.multi()
        pipe.set(key, left - 1)
        pipe.execute()


async def in_async_code(key):
    async with async_client.pipeline(transaction=True) as pipe:
        while True:
            try:
                await pipe.watch(key)
                left = int(await pipe.get(key) or 0)
                pipe.multi()
                pipe.set(key, left - 1)
                await pipe.execute()
                return
            except WatchError:
                continue


def nothing_read(key, value):
    with client.pipeline(transaction=True) as pipe:
        pipe.set(key, value)
        pipe.incr(f"{key}:version")
        pipe.execute()


def another_key_is_read(user, key):
    if client.get(f"plan:{user}") == b"gold":
        pipe = client.pipeline()
        pipe.incr(key)
        pipe.expire(key, 60)
        pipe.execute()


def under_a_lock(key):
    with client.lock(f"lock:{key}", timeout=10):
        left = int(client.get(key) or 0)
        pipe = client.pipeline()
        pipe.set(key, left - 1)
        pipe.incr("changes")
        pipe.execute()


def a_cache_is_filled(key, compute):
    value = client.get(key)
    if value is None:
        value = compute(key)
        pipe = client.pipeline()
        pipe.set(key, value)
        pipe.expire(key, 60)
        pipe.execute()
    return value


def named_by_calls(job):
    """Whether the two names are one cannot be read: low confidence."""
    with client.pipeline() as pipe:
        pipe.watch(names.waiting_of(job.name))
        left = int(pipe.get(names.waiting(job)) or 0)
        if left > 0:
            pipe.multi()
            pipe.set(names.waiting(job), left - 1)
            pipe.sadd("ready", job.name)
            pipe.execute()
