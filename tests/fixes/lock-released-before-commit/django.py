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
    with transaction.atomic():  # all or nothing
        # of this wallet
        with client.lock(f"wallet:{pk}", timeout=10):  # ten seconds
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
    client.incr("withdrawn")


def one_with(pk, amount):
    with transaction.atomic(), cache.lock(f"wallet:{pk}", timeout=10):
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save(update_fields=["balance"])


def over_lines(pk, amount):
    with (
        transaction.atomic(using="default"),  # first
        cache.lock(f"wallet:{pk}", timeout=10),  # second
    ):
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save(update_fields=["balance"])


# pays
@transaction.atomic  # all or nothing
def of_the_decorator(pk):
    """Pay it once."""
    with client.lock(f"wallet:{pk}", timeout=10):
        wallet = Wallet.objects.get(pk=pk)
        if wallet.state == "new":
            wallet.state = "paid"
            wallet.save()
            client.rpush("paid", pk)


class Wallets:
    @staticmethod
    @atomic(savepoint=False)
    def withdraw(pk, amount):
        with client.lock(f"wallet:{pk}", timeout=10):
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def session_lock(pk, amount):
    with transaction.atomic():
        with advisory_lock(f"wallet:{pk}"):
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
