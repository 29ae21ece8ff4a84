"""What is dear and the same for all, made by whoever finds it missing."""

import json
from functools import wraps

import httpx
import redis
import requests
from django.core.cache import cache
from django.db import models
from django.db.models import Count, Sum

client = redis.Redis(host="cache", socket_timeout=2)


class Order(models.Model):
    total = models.IntegerField()
    region = models.CharField(max_length=9)


def aggregate():
    found = cache.get("revenue")  # (low confidence: how dear an aggregate is cannot be told)
    if found is None:
        found = Order.objects.aggregate(total=Sum("total"))
        cache.set("revenue", found, 600)
    return found


def count():
    n = cache.get("orders")  # (low confidence: how dear an aggregate is cannot be told)
    if not n:
        n = Order.objects.filter(total__gt=0).count()
        cache.set("orders", n, 600)
    return n


def remote():
    raw = client.get("rates")  # expect: FEN210 "HTTP GET"
    if raw:
        return json.loads(raw)
    data = requests.get("https://bank.example.org/rates", timeout=5).json()
    client.setex("rates", 3600, json.dumps(data))
    return data


def token():
    found = cache.get("token")  # expect: FEN210 "HTTP POST"
    if found is None:
        answer = requests.post("https://id.example.org/token", data={"grant": "client"}, timeout=5)
        found = answer.json()["token"]
        cache.set("token", found, answer.json()["expires_in"])
    return found


async def remote_in_async_code():
    found = await cache.aget("rates")  # expect: FEN210
    if found is None:
        async with httpx.AsyncClient() as session:
            answer = await session.get("https://bank.example.org/rates")
        found = answer.json()
        await cache.aset("rates", found, 60)
    return found


def query_for_each():
    found = cache.get("by region")  # (low confidence: how dear an aggregate is cannot be told)
    if found is None:
        found = {}
        for order in Order.objects.all():
            found[order.pk] = Order.objects.filter(region=order.region).count()
        cache.set("by region", found)
    return found


def get_or_set():
    return cache.get_or_set("number", lambda: Order.objects.count(), 60)  # (low confidence: how dear an aggregate is cannot be told)


def all_regions():
    return Order.objects.aggregate(n=Count("region", distinct=True))


def get_or_set_of_a_function():
    return cache.get_or_set("regions", all_regions, 60)  # (low confidence: how dear an aggregate is cannot be told)


def cached(key):
    def decorate(function):
        @wraps(function)
        def wrapper():
            found = cache.get(key)  # (low confidence: how dear an aggregate is cannot be told)
            if found is None:
                found = function()
                cache.set(key, found, 60)
            return found

        return wrapper

    return decorate


@cached("totals")
def totals():
    return Order.objects.aggregate(n=Count("id"))
