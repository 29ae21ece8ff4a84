from django.db import models


class Account(models.Model):
    points = models.IntegerField()
