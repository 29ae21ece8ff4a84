"""What grows each time, in a sum, a text or a list, is more after a second delivery."""

import requests
from celery import shared_task
from django.db import models, transaction


class Account(models.Model):
    points = models.IntegerField()
    notes = models.TextField()


@shared_task(acks_late=True)
def credit(pk, points):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += points
        account.save(update_fields=["points"])  # expect: FEN301


@shared_task(acks_late=True)
def note(pk, text):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.notes = f"{account.notes}\n{text}"
        account.save(update_fields=["notes"])  # expect: FEN301


@shared_task(acks_late=True)
def announce(pk):
    requests.post("https://hooks.example/in", json={"account": pk}, timeout=3)  # expect: FEN301
