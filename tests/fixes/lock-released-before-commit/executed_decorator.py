import redis
from django.db import models, transaction

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()


@transaction.atomic
def withdraw(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()
