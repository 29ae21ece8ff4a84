import redis
from django.db import transaction

from .models import Wallet

client = redis.Redis()


def withdraw(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):  # expect: FEN406 "reached inside the transaction of orders.py:8"
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def withdraw_first(pk, amount):
    """Its callers take no transaction around it."""
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def withdraw_durably(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic(durable=True):
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def withdraw_locked_row(pk, amount):
    """The row lock is held until the caller's transaction commits."""
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic():
            wallet = Wallet.objects.select_for_update().get(pk=pk)
            wallet.balance -= amount
            wallet.save()
