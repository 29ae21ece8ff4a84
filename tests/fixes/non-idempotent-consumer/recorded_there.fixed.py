# unsafe
"""A model is there that is a unique text and nothing else."""

from celery import shared_task
from django.db import models, transaction
from django.db.models import F


class Seen(models.Model):
    what = models.CharField(max_length=255, unique=True)

    def __str__(self):
        return self.what


class Account(models.Model):
    cents = models.IntegerField(default=0)


@shared_task(bind=True, acks_late=True)
def add(self, pk, cents):
    is_new = cents > 0
    with transaction.atomic():
        _, is_new_2 = Seen.objects.get_or_create(what=f"fenceline:recorded_there.add:{self.request.id}")
        if not is_new_2:
            return
        if is_new:
            Account.objects.filter(pk=pk).update(cents=F("cents") + cents)
