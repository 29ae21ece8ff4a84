"""Duplicate checks that one run passes, and looks that are none."""

import redis
import requests
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import IntegrityError, models

client = redis.Redis()


class Event(models.Model):
    key = models.CharField(max_length=40, unique=True)


def marked_first(event, address):
    if client.set(f"seen:{event}", 1, nx=True, ex=3600):
        send_mail("Hello", "…", "shop@example.org", [address])


def marked_first_in_the_cache(event, address):
    if not cache.add(f"seen-{event}", True, 3600):
        return
    send_mail("Hello", "…", "shop@example.org", [address])


def a_unique_row_first(event, address):
    try:
        Event.objects.create(key=event)
    except IntegrityError:
        return
    send_mail("Hello", "…", "shop@example.org", [address])


def looked_at_only_to_save_work(event, address):
    if client.exists(f"seen:{event}"):
        return
    if client.set(f"seen:{event}", 1, nx=True, ex=3600):
        send_mail("Hello", "…", "shop@example.org", [address])


def a_token_that_is_kept(user):
    token = cache.get(f"token:{user}")
    if token is None:
        token = requests.post("https://example.org/token", timeout=5).json()["token"]
        cache.set(f"token:{user}", token, 300)
    return token


def under_a_lock(event, address):
    with client.lock(f"lock:{event}", timeout=60):
        if client.exists(f"seen:{event}"):
            return
        send_mail("Hello", "…", "shop@example.org", [address])
        client.set(f"seen:{event}", 1)
