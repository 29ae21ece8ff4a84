import threading

import redis
import requests

client = redis.Redis()
token_lock = threading.Lock()
state = {}


def token():
    """One call for all who want it: that is what the lock is there for."""
    with token_lock:
        if "token" not in state:
            state["token"] = requests.get("https://id.example.com/", timeout=30).text
        return state["token"]


def nightly():
    """Who does not get the lock goes home."""
    lock = client.lock("nightly", timeout=3600, blocking=False)
    if not lock.acquire(blocking=False):
        return
    try:
        requests.post("https://reports.example.com/", timeout=600)
    finally:
        lock.release()


def nightly_state():
    with client.lock("nightly-state", timeout=10):
        client.incr("nightly")


def sync(account):
    with client.lock(f"sync:{account}", timeout=600):
        requests.post(f"https://crm.example.com/{account}", timeout=60)


class One:
    def __init__(self):
        self._lock = threading.Lock()

    def quick(self):
        with self._lock:
            return 1


class Other:
    """Its lock is not the one of the other class."""

    def __init__(self):
        self._lock = threading.Lock()

    def slow(self):
        with self._lock:
            requests.get("https://example.com/", timeout=30)
