import asyncio
import threading
from threading import Lock, RLock

import httpx
import redis
import requests

client = redis.Redis()
table_lock = Lock()
table = {}


def look_up(name):
    with table_lock:
        return table.get(name)


def refresh_table():
    with table_lock:
        table.update(requests.get("https://rates.example.com/").json())  # expect: FEN409 "the lock table_lock"


class Client:
    def __init__(self):
        self._lock = RLock()
        self.token = ""

    def current(self):
        with self._lock:
            return self.token

    def renew(self):
        self._lock.acquire()
        try:
            self.token = requests.post("https://id.example.com/", timeout=(3, 30)).text  # expect: FEN409 "33 s"
        finally:
            self._lock.release()


class AsyncClient:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.token = ""

    async def current(self):
        async with self.lock:
            return self.token

    async def renew(self):
        async with self.lock:
            async with httpx.AsyncClient(timeout=None) as http:
                self.token = (await http.post("https://id.example.com/")).text  # expect: FEN409


def reserve(sku):
    with client.lock(f"stock:{sku}", timeout=60):
        client.decr(f"stock:{sku}")


def restock(sku):
    with client.lock(f"stock:{sku}", timeout=60):
        answer = requests.get(f"https://supplier.example.com/{sku}", timeout=20)  # expect: FEN409 "stock:{sku}"
        client.incrby(f"stock:{sku}", answer.json()["n"])


class Pool:
    guard = threading.Lock()

    def size(self):
        with self.guard:
            return 1

    def grow(self):
        with self.guard:
            self.start()

    def start(self):
        requests.post("https://cloud.example.com/machines", timeout=60)  # expect: FEN409
