import redis
from django.db import models, transaction

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()


def withdraw(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
