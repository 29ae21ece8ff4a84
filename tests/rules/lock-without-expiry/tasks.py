"""Tasks of which one run at a time is let through, by a key in Redis."""

import redis
from celery import Celery
from celery_once import QueueOnce
from celery_singleton import Singleton

app = Celery("shop")
client = redis.Redis()


@app.task(base=Singleton)
def no_expiry():  # expect: FEN402 "run once at a time"
    client.incr("n")


@app.task(
    queue="export",
    base=Singleton,
    raise_on_duplicate=False,
)
def no_expiry_either():  # expect: FEN402
    client.incr("n")


@app.task(base=Singleton, lock_expiry=600)
def with_expiry():
    client.incr("n")


@app.task(base=QueueOnce, once={"graceful": True})
def an_hour():
    client.incr("n")
