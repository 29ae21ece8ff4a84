"""Single flight, early renewal, cheap work, keys that few ask for, and what is no fill."""

import json
import random
import time

import redis
import requests
from django.core.cache import cache
from django.db import models
from django.db.models import Sum

client = redis.Redis(host="cache", socket_timeout=2)
LOCAL = {}


class Order(models.Model):
    total = models.IntegerField()
    number = models.CharField(max_length=9, unique=True)


def under_a_lock():
    found = cache.get("revenue")
    if found is None:
        with cache.lock("revenue:lock", timeout=30):
            found = cache.get("revenue")
            if found is None:
                found = Order.objects.aggregate(total=Sum("total"))
                cache.set("revenue", found, 600)
    return found


def under_a_redis_lock():
    raw = client.get("rates")
    if raw:
        return json.loads(raw)
    with client.lock("rates:lock", timeout=30):
        raw = client.get("rates")
        if raw:
            return json.loads(raw)
        data = requests.get("https://bank.example.org/rates", timeout=5).json()
        client.setex("rates", 3600, json.dumps(data))
        return data


def only_who_sets_the_mark():
    found = cache.get("revenue")
    if found is None:
        if cache.add("revenue:renewing", 1, 30):
            found = Order.objects.aggregate(total=Sum("total"))
            cache.set("revenue", found, 600)
    return found


def others_wait():
    found = client.get("rates")
    while found is None:
        if client.set("rates:lock", 1, nx=True, ex=30):
            found = json.dumps(requests.get("https://bank.example.org/rates", timeout=5).json())
            client.setex("rates", 3600, found)
        else:
            time.sleep(0.1)
            found = client.get("rates")
    return found


def renewed_early():
    found = cache.get("revenue")
    if found is None or random.random() < 0.01:
        found = Order.objects.aggregate(total=Sum("total"))
        cache.set("revenue", found, 600)
    return found


def one_row(number):
    found = cache.get("first")
    if found is None:
        found = Order.objects.get(number=number)
        cache.set("first", found, 60)
    return found


def a_row_by_its_key():
    found = cache.get("default")
    if found is None:
        found = Order.objects.get(pk=1)
        cache.set("default", found, 60)
    return found


def a_few_rows():
    """Nobody knows how many there are: low."""
    found = cache.get("orders")
    if found is None:
        found = list(Order.objects.all())
        cache.set("orders", found, 60)
    return found


def cheap():
    found = cache.get("salt")
    if found is None:
        found = json.dumps({"made": time.time()})
        cache.set("salt", found, 60)
    return found


def a_key_of_each_user(user):
    found = cache.get(f"profile:{user}")
    if found is None:
        found = requests.get(f"https://id.example.org/{user}", timeout=5).json()
        cache.set(f"profile:{user}", found, 60)
    return found


def in_this_process():
    if "rates" not in LOCAL:
        LOCAL["rates"] = requests.get("https://bank.example.org/rates", timeout=5).json()
    return LOCAL["rates"]


def nothing_stored_of_it():
    if cache.get("told") is None:
        requests.get("https://monitor.example.org/ping", timeout=5)
        cache.set("told", 1, 60)


def where_it_was_found():
    found = cache.get("rates")
    if found is not None:
        newer = requests.get("https://bank.example.org/rates", timeout=5).json()
        cache.set("rates", newer, 60)


def always_renewed():
    cache.set("rates", requests.get("https://bank.example.org/rates", timeout=5).json(), 60)
    return cache.get("rates")
