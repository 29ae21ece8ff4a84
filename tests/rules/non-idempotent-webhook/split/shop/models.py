from django.db import models


class Wallet(models.Model):
    owner = models.CharField(max_length=40, unique=True)
    credit = models.IntegerField(default=0)


class Seen(models.Model):
    event = models.CharField(max_length=80, unique=True)
