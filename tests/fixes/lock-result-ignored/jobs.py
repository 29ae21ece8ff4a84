"""Whoever does not get the lock of a job leaves: the job is fired again."""

import redis
from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
client = redis.Redis()


@scheduler.scheduled_job("interval", minutes=5)
def push_orders():
    lock = client.lock("push-orders", timeout=60)
    lock.acquire(blocking=False)
    try:
        client.incr("pushed")
    finally:
        lock.release()
