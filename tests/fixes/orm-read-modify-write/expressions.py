"""The database computes: instances, update statements, loops, coroutines; imports of any spelling."""

from django.db import models
from django.db.models import Sum
from django.shortcuts import get_object_or_404


class Account(models.Model):
    owner = models.CharField(max_length=80)
    balance = models.IntegerField(default=0)
    limit = models.DecimalField(max_digits=8, decimal_places=2)
    seen = models.BooleanField(default=False)


def whole_save(pk, amount):
    account = Account.objects.get(pk=pk)
    account.balance -= amount  # what was spent
    account.save()


def one_column(pk, amount, fee):
    account = Account.objects.get(pk=pk)
    account.balance = account.balance - (amount + fee)
    account.save(update_fields=["balance"])


def sum_as_operand(pk, amount, fee):
    account = Account.objects.get(pk=pk)
    account.balance -= amount + fee
    account.save(
        force_update=True,
    )


def from_the_right(pk, amount):
    account = get_object_or_404(Account, pk=pk)
    account.limit = (
        amount  # first
        + account.limit
    )
    account.save(update_fields=["limit"])


def another_column_too(pk):
    account = Account.objects.get(pk=pk)
    account.seen = True
    account.balance += 1
    account.save()
    return account.pk


def missing(pk):
    try:
        account = Account.objects.get(pk=pk)
    except Account.DoesNotExist:
        return
    account.balance += 1; account.save(update_fields=["balance"])


def first(owner):
    if (account := Account.objects.filter(owner=owner).first()) is not None:
        account.balance += 1
        account.save(update_fields=["balance"])


def each(owner):
    for account in Account.objects.filter(owner=owner):
        account.balance += 5
        account.save(update_fields=["balance"])


def keys(pks):
    for pk in pks:
        account = Account.objects.get(pk=pk)
        account.balance += 5
        account.save(update_fields=["balance"])


async def awaited(pk):
    account = await Account.objects.aget(pk=pk)
    account.balance += 1
    await account.asave()


def statement(pk, amount):
    account = Account.objects.get(pk=pk)
    Account.objects.filter(pk=pk).update(balance=account.balance - amount, seen=True)


def statement_of_a_value(pk, amount):
    balance = Account.objects.values_list("balance", flat=True).get(pk=pk)
    Account.objects.filter(pk=pk).update(balance=balance - amount)


def inner():
    def bump(pk):
        if pk: account = Account.objects.get(pk=pk); account.balance += 1; account.save(update_fields=["balance"])

    return bump


def total():
    return Account.objects.aggregate(Sum("balance"))
