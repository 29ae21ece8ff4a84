"""Sections that neither a timeout nor a renewal would make safe."""

import subprocess
import time
from contextlib import suppress

import redis
import requests
from django.core.cache import cache

client = redis.Redis()
shared = client.lock("shared", timeout=60)


def lock_is_shorter(currency):
    with client.lock(f"rate:{currency}", timeout=10):  # unfixed: "a timeout of 10 s would not be below"
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)


def adds_up(currency):
    with client.lock(f"rate:{currency}", timeout=10):  # unfixed: "no loop over data that takes too long"
        used = int(client.get(f"quota:{currency}") or 0)
        time.sleep(5)
        requests.post(f"https://rates.example.com/{currency}", timeout=8)
        client.set(f"quota:{currency}", used + 1)


def told_to_wait(currency):
    with client.lock(f"rate:{currency}", timeout=60):  # unfixed: "told to wait for ever"
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}", timeout=None)
        client.set(f"quota:{currency}", used + 1)


def program(name):
    with client.lock("export", timeout=60):  # unfixed: "no call of an HTTP client"
        last = int(client.get("last") or 0)
        subprocess.run(["export", name], check=True)
        client.set("last", last + 1)


def two(currency):
    with client.lock(f"rate:{currency}", timeout=60):  # unfixed: "not one remote call alone"
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}")
        requests.get(f"https://rates.example.com/{currency}/all")
        client.set(f"quota:{currency}", used + 1)


def arguments(currency, **options):
    with client.lock(f"rate:{currency}", timeout=60):  # unfixed: "HTTP GET timeout may take longer"
        used = int(client.get(f"quota:{currency}") or 0)
        time.sleep(70)
        requests.get(f"https://rates.example.com/{currency}", **options)
        client.set(f"quota:{currency}", used + 1)


def round_is_too_long(currencies):
    with client.lock("rates", timeout=20):  # unfixed: "one round, with all else, may take 24 s"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=12)
            requests.post(f"https://rates.example.com/{currency}/all", timeout=12)
        client.set("quota", used + 1)


def never_ends(currencies):
    with client.lock("rates", timeout=60):  # unfixed: "nobody knows how often"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}")
        client.set("quota", used + 1)


def error_is_caught(currencies):
    with client.lock("rates", timeout=60):  # unfixed: "a try is around the loop"
        used = int(client.get("quota") or 0)
        try:
            for currency in currencies:
                requests.post(f"https://rates.example.com/{currency}", timeout=4)
        except Exception:
            used = 0
        client.set("quota", used + 1)


def error_is_swallowed(currencies):
    with client.lock("rates", timeout=60), suppress(Exception):  # unfixed: "it may catch the error"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)


def of_the_module(currencies):
    with shared:  # unfixed: "others may have the same lock object"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)


def push(currencies):
    for currency in currencies:
        requests.post(f"https://rates.example.com/{currency}", timeout=4)


def in_a_helper(currencies):
    with client.lock("rates", timeout=60):  # unfixed: "the loop stands in another function than the lock"
        used = int(client.get("quota") or 0)
        push(currencies)
        client.set("quota", used + 1)


def computed(currencies, seconds):
    with client.lock("rates", timeout=seconds):  # unfixed: "when the lock expires is not stated"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)


def comprehension(currencies):
    with client.lock("rates", timeout=60):  # unfixed: "nothing that can be rewritten"
        used = int(client.get("quota") or 0)
        [requests.post(f"https://rates.example.com/{currency}", timeout=4) for currency in currencies]
        client.set("quota", used + 1)


def made_of_a_key(currencies):
    if not cache.add("rates", 1, 60):  # unfixed: "no lock that its holder can renew"
        return
    try:
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)
    finally:
        cache.delete("rates")


def read_from_the_answer(currency):
    with client.lock(f"rate:{currency}", timeout=60):  # unfixed: "nobody sees how long .json"
        used = int(client.get(f"quota:{currency}") or 0)
        answer = requests.get(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + answer.json()["used"])


def handled_while_it_is_held(currencies):
    lock = client.lock("rates", timeout=60)
    lock.acquire()  # unfixed: "a try is around the loop"
    try:
        used = int(client.get("quota") or 0)
        for currency in currencies:
            requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)
    except Exception:
        client.set("failed", 1)
    finally:
        lock.release()


def two_objects(currencies):
    lock = client.lock("rates", timeout=60)
    with lock:  # unfixed: "lock is bound to something else too"
        used = int(client.get("quota") or 0)
        for currency in currencies:
            lock = requests.post(f"https://rates.example.com/{currency}", timeout=4)
        client.set("quota", used + 1)
