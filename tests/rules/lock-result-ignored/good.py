"""Attempts whose answer is looked at, that wait for ever, or that raise."""

import threading

import redis
from django.core.cache import cache
from django.db import connection
from django_pglocks import advisory_lock
from filelock import FileLock

client = redis.Redis()
_lock = threading.Lock()


def tested(account):
    lock = client.lock(f"account:{account}", timeout=10)
    if not lock.acquire(blocking=False):
        return
    try:
        client.incr("n")
    finally:
        lock.release()


def tested_later(account):
    lock = client.lock(f"account:{account}", timeout=10)
    got = lock.acquire(blocking=False)
    try:
        if got:
            client.incr("n")
    finally:
        if got:
            lock.release()


def waits_for_ever(account):
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire()
    try:
        client.incr("n")
    finally:
        lock.release()


def blocking(account):
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire(blocking=True)
    try:
        client.incr("n")
    finally:
        lock.release()


def raises(account):
    with client.lock(f"account:{account}", timeout=10, blocking_timeout=3):
        client.incr("n")
    lock = FileLock("/var/lock/shop")
    lock.acquire(timeout=3)
    try:
        client.incr("n")
    finally:
        lock.release()


def told(account):
    lock = client.lock(f"account:{account}", timeout=10)
    return lock.acquire(blocking=False)


class Holder:
    def take(self):
        self.got = _lock.acquire(blocking=False)

    def give_back(self):
        if self.got:
            _lock.release()


def first_value(name):
    client.set(f"settings:{name}", "default", nx=True)
    return client.get(f"settings:{name}")


def forgotten_when_done(name):
    cache.add(f"progress:{name}", 0, 600)
    cache.incr(f"progress:{name}")
    cache.delete(f"progress:{name}")


def asserted(account):
    assert _lock.acquire(timeout=3)
    try:
        client.incr("n")
    finally:
        _lock.release()


def named(month):
    with advisory_lock("month", wait=False) as acquired, connection.cursor() as cursor:
        if acquired:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))


def fetched(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(4711)")
        if not cursor.fetchone()[0]:
            return
        try:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")
