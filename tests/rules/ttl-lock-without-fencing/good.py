"""Sections that are short, stopped, renewed, fenced, or that may be done twice."""

import redis
import redis_lock
import requests
from celery import shared_task
from django.core.cache import cache
from django.db import models

client = redis.Redis()


class Account(models.Model):
    balance = models.IntegerField()
    version = models.IntegerField()


def short(currency):
    with client.lock(f"rate:{currency}", timeout=30):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.post(f"https://rates.example.com/{currency}", timeout=5)
        client.set(f"quota:{currency}", used + 1)


def commands_only(pk):
    with cache.lock(f"account:{pk}", timeout=5):
        account = Account.objects.get(pk=pk)
        account.balance -= 1
        account.save()


@shared_task(time_limit=20)
def stopped(currency):
    with client.lock(f"rate:{currency}", timeout=30):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.post(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)


def renewed(currency):
    with redis_lock.Lock(client, f"rate:{currency}", expire=10, auto_renewal=True):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.post(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)


def extended(currency):
    lock = client.lock(f"rate:{currency}", timeout=10)
    with lock:
        used = int(client.get(f"quota:{currency}") or 0)
        requests.post(f"https://rates.example.com/{currency}", timeout=4)
        lock.extend(10)
        client.set(f"quota:{currency}", used + 1)


def atomic_command(currency):
    with client.lock(f"rate:{currency}", timeout=10):
        requests.post(f"https://rates.example.com/{currency}")
        client.incr(f"quota:{currency}")


def same_again(currency):
    with client.lock(f"rate:{currency}", timeout=10):
        answer = requests.get(f"https://rates.example.com/{currency}")
        client.set(f"rate:{currency}:now", answer.text)


def fenced(pk):
    with client.lock(f"account:{pk}", timeout=10):
        account = Account.objects.get(pk=pk)
        requests.post("https://bank.example.com")
        changed = Account.objects.filter(pk=pk, version=account.version).update(
            balance=account.balance - 1, version=account.version + 1
        )
        if not changed:
            raise RuntimeError("somebody else was here")


def slow_before(currency):
    requests.post(f"https://rates.example.com/{currency}")
    with client.lock(f"rate:{currency}", timeout=10):
        used = int(client.get(f"quota:{currency}") or 0)
        client.set(f"quota:{currency}", used + 1)


def slow_after(currency):
    with client.lock(f"rate:{currency}", timeout=10):
        used = int(client.get(f"quota:{currency}") or 0)
        client.set(f"quota:{currency}", used + 1)
        requests.post(f"https://rates.example.com/{currency}")
