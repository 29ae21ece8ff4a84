"""Locks that are given back while the transaction is open."""

import functools

import redis
from django.core.cache import cache
from django.db import connection, models, transaction
from django_pglocks import advisory_lock

client = redis.Redis()


class Wallet(models.Model):
    owner = models.TextField()
    balance = models.IntegerField()
    state = models.TextField()


def inside_atomic(pk, amount):
    with transaction.atomic():
        with client.lock(f"wallet:{pk}", timeout=10):  # expect: FEN406 "before the transaction commits"
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def one_with(pk, amount):
    with transaction.atomic(), cache.lock(f"wallet:{pk}", timeout=10):  # expect: FEN406
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save(update_fields=["balance"])


@transaction.atomic
def of_the_decorator(pk):
    with client.lock(f"wallet:{pk}", timeout=10):  # expect: FEN406
        wallet = Wallet.objects.get(pk=pk)
        if wallet.state == "new":
            wallet.state = "paid"
            wallet.save()
            client.rpush("paid", pk)


@transaction.atomic()
def create(owner):
    lock = client.lock(f"owner:{owner}", timeout=10)
    lock.acquire()  # expect: FEN406
    try:
        if not Wallet.objects.filter(owner=owner).exists():
            Wallet.objects.create(owner=owner, balance=0, state="new")
    finally:
        lock.release()


def session_lock(pk, amount):
    with transaction.atomic():
        with advisory_lock(f"wallet:{pk}"):  # expect: FEN406
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def locked(func):
    @functools.wraps(func)
    def inner(pk, amount):
        with client.lock(f"wallet:{pk}", timeout=10):  # expect: FEN406
            return func(pk, amount)

    return inner


@transaction.atomic
@locked
def decorated(pk, amount):
    wallet = Wallet.objects.get(pk=pk)
    wallet.balance -= amount
    wallet.save()


def by_sql(pk, amount):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (pk,))  # expect: FEN406
        try:
            cursor.execute("SELECT balance FROM wallet WHERE id = %s", (pk,))
            balance = cursor.fetchone()[0]
            cursor.execute("UPDATE wallet SET balance = %s WHERE id = %s", (balance - amount, pk))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (pk,))
