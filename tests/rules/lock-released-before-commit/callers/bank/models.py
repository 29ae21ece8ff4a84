from django.db import models


class Wallet(models.Model):
    balance = models.IntegerField()
    owner = models.CharField(max_length=32)
