"""Locks of one process around what all processes share."""

import asyncio
import multiprocessing
import threading
from threading import RLock

import redis
from django.core.cache import cache
from django.db import models
from redis.asyncio import Redis

client = redis.Redis()
aclient = Redis()
_lock = threading.Lock()
_rlock = RLock()
_alock = asyncio.Lock()
_plock = multiprocessing.Lock()


class Wallet(models.Model):
    owner = models.TextField()
    balance = models.IntegerField()
    state = models.TextField()


def decided(sku):
    with _lock:  # expect: FEN407 "other runs in this process only"
        left = int(client.get(f"stock:{sku}") or 0)
        if left == 0:
            return False
        client.decr(f"stock:{sku}")
    return True


def computed(name):
    with _rlock:  # expect: FEN407
        count = cache.get(name, 0)
        cache.set(name, count + 1)


def by_hand(name):
    _lock.acquire()  # expect: FEN407
    try:
        count = int(client.get(name) or 0)
        client.set(name, count + 1)
    finally:
        _lock.release()


def processes(name):
    with _plock:  # expect: FEN407
        count = int(client.get(name) or 0)
        client.set(name, count + 1)


async def tasks(name):
    async with _alock:  # expect: FEN407
        count = int(await aclient.get(name) or 0)
        await aclient.set(name, count + 1)


def row(pk, amount):
    with _lock:  # expect: FEN407
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()


def create(owner):
    with _lock:  # expect: FEN407
        if not Wallet.objects.filter(owner=owner).exists():
            Wallet.objects.create(owner=owner, balance=0)


class Counter:
    def __init__(self):
        self._lock = threading.Lock()

    def add(self, name):
        with self._lock:  # expect: FEN407
            count = int(client.get(name) or 0)
            client.set(name, count + 1)


def synchronised(func):
    def inner(*args):
        with _lock:  # expect: FEN407
            return func(*args)

    return inner


@synchronised
def decorated(name):
    count = int(client.get(name) or 0)
    client.set(name, count + 1)


def read_before(name):
    """The lock is too late even for threads: what is read is not under it."""
    count = int(client.get(name) or 0)  # expect: FEN202
    with _lock:
        client.set(name, count + 1)
