from django.db import transaction

from . import wallets
from .models import Wallet


def pay(order, pk, amount):
    with transaction.atomic():
        Wallet.objects.create(owner=order, balance=0)
        wallets.withdraw(pk, amount)
        wallets.withdraw_locked_row(pk, amount)


def pay_first(order, pk, amount):
    wallets.withdraw_first(pk, amount)
    wallets.withdraw_durably(pk, amount)
    with transaction.atomic():
        Wallet.objects.create(owner=order, balance=0)
