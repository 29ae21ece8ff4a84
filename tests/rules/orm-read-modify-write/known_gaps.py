"""Hazards that the analysis is known not to see."""

from django.db import models


class Account(models.Model):
    balance = models.IntegerField(default=0)
    bonus = models.IntegerField(default=0)


def field_chosen_at_run_time(pk, field, n):
    account = Account.objects.get(pk=pk)  # missed-alarm: FEN203
    setattr(account, field, getattr(account, field) + n)
    account.save(update_fields=[field])


def columns_through_the_dictionary(pk, n):
    account = Account.objects.get(pk=pk)  # missed-alarm: FEN203
    account.__dict__["balance"] += n
    account.save(update_fields=["balance"])
