"""A token that is asked for again, and a value that is worked out again, leave nothing twice."""

import httpx
import requests
from celery import shared_task
from django.db import models, transaction


class Account(models.Model):
    token = models.TextField()
    place = models.TextField()


def located(place):
    return LOCATIONS[place]


LOCATIONS = {"a": "a1", "b": "b1"}
SECRETS = {1: "s1"}


@shared_task(acks_late=True)
def refresh(pk):
    data = {"grant_type": "refresh_token", "refresh_token": SECRETS[pk]}
    answer = requests.post("https://id.example/token", data=data, timeout=3).json()
    Account.objects.filter(pk=pk).update(token=answer["access_token"])


@shared_task(acks_late=True)
def connect(pk):
    answer = httpx.post("https://id.example/token", json=dict(grant_type="client_credentials", client_id="fence"))
    Account.objects.filter(pk=pk).update(token=answer.json()["access_token"])


@shared_task(acks_late=True)
def relocate(pk):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.place = located(account.place)
        account.save(update_fields=["place"])
