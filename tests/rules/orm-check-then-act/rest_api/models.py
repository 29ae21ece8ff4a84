from django.db import models


class Transfer(models.Model):
    state = models.CharField(max_length=10, default="draft")
    retries_left = models.IntegerField(default=3)


class Approval(models.Model):
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE)
    person = models.CharField(max_length=80)
