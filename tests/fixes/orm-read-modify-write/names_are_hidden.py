"""``F`` is something else here, and ``models`` is hidden where it is needed."""

from django.db import models
from mathematics import F


class Account(models.Model):
    balance = models.IntegerField(default=0)


def spend(pk, models):
    account = Account.objects.get(pk=pk)
    account.balance -= models.price
    account.save(update_fields=["balance"])
    return F(1)
