"""Loops over data under a lock."""

import redis
import requests
import valkey
from redis.asyncio import Redis

client = redis.Redis()
aclient = Redis()
other = valkey.Valkey()
EXPIRY = 60


def push_all(currencies):
    with client.lock("rates", timeout=60):
        used = int(client.get("quota") or 0)
        for currency in currencies:
            # the newest first
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)


def named(currencies, lock):
    with other.lock("rates", timeout=EXPIRY) as held:
        used = int(other.get("quota") or 0)
        if lock:
            while currencies:
                requests.post(f"https://rates.example.com/{currencies.pop()}", timeout=4)
        other.set("quota", used + 1)


def without_a_name(currencies, lock):
    with client.lock("rates", timeout=2 * 30):
        used = int(client.get("quota") or 0)
        for currency in currencies: requests.post(f"https://rates.example.com/{lock}/{currency}", timeout=4)
        client.set("quota", used + 1)


class Rates:
    async def push(self, currencies):
        async with aclient.lock("rates", timeout=60):
            used = int(await aclient.get("quota") or 0)
            for currency in currencies:
                try:
                    requests.post(f"https://rates.example.com/{currency}", timeout=4)
                except requests.RequestException:
                    continue
            await aclient.set("quota", used + 1)


def by_hand(currencies):
    lock = client.lock("rates", timeout=60)
    if not lock.acquire(blocking=False):
        return
    try:
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)
    finally:
        lock.release()


def table(currencies):
    lock = client.lock("rates", timeout=60)
    with lock:
        used = int(client.get("quota") or 0)
        for currency in currencies:
            for other in currencies:
                requests.post(f"https://rates.example.com/{currency}/{other}", timeout=4)
        client.set("quota", used + 1)
