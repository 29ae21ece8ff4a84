"""A version that every save compares: the second of two fails, and is tried again or told."""

from concurrency.exceptions import RecordModifiedError
from concurrency.fields import IntegerVersionField
from django.db import models


class Account(models.Model):
    balance = models.IntegerField()
    version = IntegerVersionField()


class Counter(models.Model):
    number = models.IntegerField()
    version = models.IntegerField()


def draw(account_id, amount):
    account = Account.objects.get(pk=account_id)
    account.balance -= amount
    account.save()


def draw_that_column(account_id, amount):
    account = Account.objects.get(pk=account_id)
    account.balance -= amount
    account.save(update_fields=["balance"])


def draw_again(account_id, amount):
    for _ in range(3):
        account = Account.objects.get(pk=account_id)
        account.balance -= amount
        try:
            account.save()
        except RecordModifiedError:
            continue
        return


def version_that_nobody_compares(counter_id):
    counter = Counter.objects.get(pk=counter_id)  # expect: FEN203
    counter.number += 1
    counter.version += 1
    counter.save()
