import redis
from celery import shared_task
from django.core.cache import cache
from django.core.mail import send_mail

client = redis.Redis()


@shared_task
def remind(order_id):
    key = f"done:{order_id}"
    if cache.get(key):
        return
    send_mail("a", "b", "c", [order_id])  # once
    cache.set(key, 1, 3600)


@shared_task
def confirm(order_id):
    if client.exists(f"done:{order_id}"):
        return
    try:
        send_mail("a", "b", "c", [order_id])
        client.set(f"done:{order_id}", 1)
    except OSError:
        raise


@shared_task
def thank(order_id):
    if not client.exists(f"thanked:{order_id}"):
        address = f"{order_id}@example.org"
        send_mail("a", "b", "c", [address])
        client.setex(f"thanked:{order_id}", 86400, "1")
