# -*- coding: latin-1 -*-
"""Tabs, carriage returns, a comment in Latin-1: é."""
from django.db import models, transaction


class Account(models.Model):
	balance = models.IntegerField(default=0)


def spend(pk,amount):
	account=Account.objects.get(pk = pk)   # é
	account.balance = models.F("balance") - amount
	account.save( update_fields=["balance"])


def number(pk):
	if pk:
		with transaction.atomic():
			account = Account.objects.select_for_update().get(pk=pk)
			account.balance += 1
			account.save()
		return account.balance # all


class Numbers:
	def next(self, pk):
		with transaction.atomic():
			account = Account.objects.select_for_update() \
			.get(pk=pk)
			account.balance += 1
			"""
 stays where it is"""
			account.save()
		return account.balance