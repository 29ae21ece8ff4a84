"""One call under a lock that nothing bounds."""

import httpx
import redis
import requests
from redis.asyncio import Redis
from requests import get as fetch

client = redis.Redis()
aclient = Redis()
session = requests.Session()
patient = httpx.AsyncClient(timeout=None)


def refresh_rate(currency):
    with client.lock(f"rate:{currency}", timeout=30):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)


class Rates:
    def refresh(self, currency):
        lock = client.lock(f"rate:{currency}", timeout=30)
        lock.acquire()
        try:
            used = int(client.get(f"quota:{currency}") or 0)
            session.post(
                f"https://rates.example.com/{currency}",  # the newest
                json={"used": used},
            )
            client.set(f"quota:{currency}", used + 1)
        finally:
            lock.release()


def by_another_name(currency):
    with client.lock(f"rate:{currency}", timeout=30):
        used = int(client.get(f"quota:{currency}") or 0)
        fetch(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)


async def asynchronous(currency):
    async with aclient.lock(f"rate:{currency}", timeout=30):
        used = int(await aclient.get(f"quota:{currency}") or 0)
        await patient.get(f"https://rates.example.com/{currency}")
        await aclient.set(f"quota:{currency}", used + 1)
