"""Locks inside of Django's transactions."""

import redis
from django.core.cache import cache
from django.db import models, transaction
from django.db.transaction import atomic
from django_pglocks import advisory_lock

client = redis.Redis()


class Wallet(models.Model):
    owner = models.TextField()
    balance = models.IntegerField()
    state = models.TextField()


def inside_atomic(pk, amount):
    # one at a time
    with client.lock(f"wallet:{pk}", timeout=10):  # ten seconds
        # of this wallet
        with transaction.atomic():  # all or nothing
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
    client.incr("withdrawn")


def one_with(pk, amount):
    with cache.lock(f"wallet:{pk}", timeout=10), transaction.atomic():
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save(update_fields=["balance"])


def over_lines(pk, amount):
    with (
        cache.lock(f"wallet:{pk}", timeout=10),  # first
        transaction.atomic(using="default"),  # second
    ):
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save(update_fields=["balance"])


# pays
# all or nothing
def of_the_decorator(pk):
    """Pay it once."""
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            if wallet.state == "new":
                wallet.state = "paid"
                wallet.save()
                client.rpush("paid", pk)


class Wallets:
    @staticmethod
    def withdraw(pk, amount):
        with client.lock(f"wallet:{pk}", timeout=10):
            with atomic(savepoint=False):
                wallet = Wallet.objects.get(pk=pk)
                wallet.balance -= amount
                wallet.save()


def session_lock(pk, amount):
    with advisory_lock(f"wallet:{pk}"):
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
