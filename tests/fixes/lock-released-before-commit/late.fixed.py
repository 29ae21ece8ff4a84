# unsafe
"""A lock that may have expired before the commit."""

import redis
import requests
from django.db import models, transaction

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()


def withdraw(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            requests.get("https://rates.example.org")
            wallet.balance -= amount
            wallet.save()
