"""Duplicate checks that two runs pass."""

import redis
import requests
from celery import shared_task
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import models

client = redis.Redis()


class Event(models.Model):
    key = models.CharField(max_length=40)


def by_exists(event, address):
    if client.exists(f"seen:{event}"):  # expect: FEN305
        return
    send_mail("Hello", "…", "shop@example.org", [address])
    client.set(f"seen:{event}", 1)


def by_get_and_setex(event, address):
    if client.get(f"seen:{event}") is None:  # expect: FEN305
        client.setex(f"seen:{event}", 3600, "1")
        send_mail("Hello", "…", "shop@example.org", [address])


def in_the_cache(event):
    key = f"sent-{event}"
    if not cache.get(key):  # expect: FEN305
        requests.post("https://example.org/hook", json={"event": event}, timeout=5)
        cache.set(key, True, 3600)


@shared_task
def by_row(event, address):
    if Event.objects.filter(key=event).exists():  # expect: FEN305
        return
    send_mail("Hello", "…", "shop@example.org", [address])
    Event.objects.create(key=event)


def the_result_of_the_mark_is_not_looked_at(event, address):
    if client.exists(f"seen:{event}"):  # expect: FEN305
        return
    client.set(f"seen:{event}", 1, nx=True, ex=60)
    send_mail("Hello", "…", "shop@example.org", [address])
