"""``F`` is something else here, and ``models`` is hidden where it is needed."""

from django.db import models
from django.db.models import F as F_
from mathematics import F


class Account(models.Model):
    balance = models.IntegerField(default=0)


def spend(pk, models):
    account = Account.objects.get(pk=pk)
    account.balance = F_("balance") - models.price
    account.save(update_fields=["balance"])
    return F(1)
