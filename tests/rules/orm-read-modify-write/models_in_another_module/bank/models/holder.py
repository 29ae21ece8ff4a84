from django.db import models

from .account import Account


class Holder(models.Model):
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holders")
    logins = models.IntegerField(default=0)
