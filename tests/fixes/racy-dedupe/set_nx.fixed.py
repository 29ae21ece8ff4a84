import redis
from celery import shared_task
from django.core.mail import send_mail

client = redis.Redis()


@shared_task
def remind(order_id):
    if client.set(f"done:{order_id}", 1, ex=3600, nx=True):
        send_mail("a", "b", "c", [order_id])


@shared_task
def confirm(order_id):
    if not client.set(f"done:{order_id}", 1, nx=True):
        return
    send_mail("a", "b", "c", [order_id])
