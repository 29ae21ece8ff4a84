"""Locks of one process around its own things, or beside a lock that all see."""

import threading

import redis
from django.db import models, transaction
from filelock import FileLock

client = redis.Redis()
_lock = threading.Lock()
_counts = {}


class Wallet(models.Model):
    balance = models.IntegerField()


def own_state(name):
    with _lock:
        _counts[name] = _counts.get(name, 0) + 1


def atomic_commands(name):
    with _lock:
        client.incr(name)


def both_locks(name):
    with _lock, client.lock(f"lock:{name}", timeout=10):
        count = int(client.get(name) or 0)
        client.set(name, count + 1)


def row_lock(pk):
    with _lock, transaction.atomic():
        wallet = Wallet.objects.select_for_update().get(pk=pk)
        wallet.balance -= 1
        wallet.save()


def one_host(pk):
    """Whether there is more than one host is not to be seen."""
    with FileLock("/var/lock/wallet"):
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= 1
        wallet.save()


class Connection:
    """Made once a process."""

    _client = None

    def get(self):
        if self._client is None:
            with _lock:
                if self._client is None:
                    self._client = redis.Redis()
        return self._client
