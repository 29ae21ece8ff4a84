"""Locks that may expire before what they guard is written."""

import asyncio
import subprocess
import time

import httpx
import redis
import requests
from django.core.cache import cache
from django.db import models
from redis.asyncio import Redis

client = redis.Redis()
aclient = Redis()


class Account(models.Model):
    balance = models.IntegerField()
    state = models.TextField()


def call_without_timeout(currency):
    with client.lock(f"rate:{currency}", timeout=30):  # expect: FEN401 "HTTP POST without timeout"
        used = int(client.get(f"quota:{currency}") or 0)
        requests.post(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)


def adds_up(currency):
    with client.lock(f"rate:{currency}", timeout=10):  # expect: FEN401 "after 10 s"
        used = int(client.get(f"quota:{currency}") or 0)
        time.sleep(5)
        requests.post(f"https://rates.example.com/{currency}", timeout=8)
        client.set(f"quota:{currency}", used + 1)


def retries(currency):
    with client.lock(f"rate:{currency}", timeout=10):  # expect: FEN401
        used = int(client.get(f"quota:{currency}") or 0)
        for _ in range(3):
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set(f"quota:{currency}", used + 1)


def loop_over_data(currencies):
    with client.lock("rates", timeout=60):  # expect: FEN401 "in a loop"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)


def program(name):
    with client.lock("export", timeout=60):  # expect: FEN401
        last = int(client.get("last") or 0)
        subprocess.run(["export", name], check=True)
        client.set("last", last + 1)


async def asynchronous(currency):
    async with aclient.lock(f"rate:{currency}", timeout=5):  # expect: FEN401
        used = int(await aclient.get(f"quota:{currency}") or 0)
        await asyncio.sleep(6)
        await aclient.set(f"quota:{currency}", used + 1)


def rows(pk):
    with cache.lock(f"account:{pk}", timeout=5):  # expect: FEN401
        account = Account.objects.get(pk=pk)
        answer = httpx.post("https://bank.example.com", timeout=20)
        account.balance = account.balance - answer.json()["amount"]
        account.save()


def decided(pk):
    with client.lock(f"account:{pk}", timeout=5):  # expect: FEN401
        account = Account.objects.get(pk=pk)
        if account.state != "new":
            return
        requests.post("https://bank.example.com", timeout=20)
        account.state = "paid"
        account.save()


def by_hand(currency):
    if not client.set(f"rate:{currency}", 1, nx=True, ex=10):  # expect: FEN401
        return
    try:
        used = int(client.get(f"quota:{currency}") or 0)
        requests.post(f"https://rates.example.com/{currency}", timeout=30)
        client.set(f"quota:{currency}", used + 1)
    finally:
        client.delete(f"rate:{currency}")
