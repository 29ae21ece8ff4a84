# -*- coding: latin-1 -*-
"""Tabs, carriage returns, a comment in Latin-1: é."""
from django.db import models


class Account(models.Model):
	balance = models.IntegerField(default=0)


def spend(pk,amount):
	account=Account.objects.get(pk = pk)   # é
	account.balance-=amount
	account.save( )


def number(pk):
	if pk: account = Account.objects.get(pk=pk); account.balance += 1; account.save(); return account.balance # all


class Numbers:
	def next(self, pk):
		account = Account.objects \
			.get(pk=pk)
		account.balance += 1
		"""
 stays where it is"""
		account.save()
		return account.balance