from django.db import transaction

from bank import models
from bank.models import Account, Holder

from .locks import accounts_for_update


def logged_in(holder_id):
    holder = Holder.objects.get(pk=holder_id)  # expect: FEN203
    holder.logins += 1
    holder.save(update_fields=["logins"])


def through_the_package(holder_id):
    holder = models.Holder.objects.get(pk=holder_id)  # expect: FEN203
    holder.logins += 1
    holder.save(update_fields=["logins"])


@transaction.atomic
def withdraw(number, amount):
    account = Account.objects.select_for_update().get(number=number)
    account.withdraw(amount)


@transaction.atomic
def move(number, amount):
    account = accounts_for_update().get(number=number)
    account.balance -= amount
    account.save(update_fields=["balance"])
