# unsafe
import redis
from celery import shared_task
from django.core.cache import cache
from django.core.mail import send_mail

client = redis.Redis()


@shared_task
def remind(order_id):
    key = f"done:{order_id}"
    if not cache.add(key, 1, 3600):
        return
    send_mail("a", "b", "c", [order_id])  # once


@shared_task
def confirm(order_id):
    if not client.set(f"done:{order_id}", 1, nx=True):
        return
    try:
        send_mail("a", "b", "c", [order_id])
    except OSError:
        raise


@shared_task
def thank(order_id):
    if client.set(f"thanked:{order_id}", "1", ex=86400, nx=True):
        address = f"{order_id}@example.org"
        send_mail("a", "b", "c", [address])
