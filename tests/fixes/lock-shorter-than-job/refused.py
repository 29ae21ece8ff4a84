"""Expiries that others may rely on."""

import redis
import requests
from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
client = redis.Redis()
EXPIRY = 10


@scheduler.scheduled_job("interval", minutes=5)
def push_orders():
    with client.lock("push-orders", timeout=EXPIRY):  # unfixed: "EXPIRY may be used for something else too"
        requests.put("https://warehouse.example.org/orders", timeout=30)


@scheduler.scheduled_job("interval", minutes=5)
def pull_orders():
    with client.lock("pull-orders", timeout=EXPIRY):  # unfixed: "EXPIRY may be used for something else too"
        requests.get("https://warehouse.example.org/orders", timeout=30)
