from django.db import models

from .shared import Numbered


class Account(Numbered):
    balance = models.IntegerField(default=0)

    def withdraw(self, amount):
        self.balance -= amount
        self.save(update_fields=["balance"])

    def deposit(self, amount):
        self.balance += amount  # expect: FEN203
        self.save(update_fields=["balance"])
