"""Expiries that stand where the lock is made."""

import redis
import requests
from apscheduler.schedulers.background import BackgroundScheduler
from celery import Celery
from django.core.cache import cache

app = Celery("shop")
scheduler = BackgroundScheduler()
client = redis.Redis()
ONLY_HERE = 20  # seconds


@app.task(time_limit=600)
def rebuild_index():
    with client.lock("rebuild", timeout=60):
        requests.post("https://search.example.org/rebuild")
        client.incr("index:version")


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(900.0, rebuild_index.s())


@scheduler.scheduled_job("interval", minutes=5)
def push_orders():
    lock = client.lock("push-orders", timeout=2 * 5)
    if lock.acquire(blocking=False):
        requests.put("https://warehouse.example.org/orders", json={"since": "last"}, timeout=30)
        lock.release()


@scheduler.scheduled_job("interval", minutes=5)
def pull_orders():
    if client.set("pull-orders", "1", nx=True, px=10_000):
        try:
            requests.get("https://warehouse.example.org/orders", timeout=30)
        finally:
            client.delete("pull-orders")


@scheduler.scheduled_job("interval", minutes=5)
def pull_prices():
    if cache.add("pull-prices", "1", ONLY_HERE):
        try:
            requests.get("https://warehouse.example.org/prices", timeout=30)
        finally:
            cache.delete("pull-prices")
