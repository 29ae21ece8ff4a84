import redis
from celery import shared_task
from django.core.mail import send_mail

client = redis.Redis()


@shared_task
def not_on_every_way(order_id, address):
    if client.exists(f"done:{order_id}"):  # unfixed: "not marked on every way"
        return
    if not address:
        return
    send_mail("a", "b", "c", [address])
    client.set(f"done:{order_id}", 1)


@shared_task
def with_what_is_known_later(order_id, address):
    if client.exists(f"sent:{order_id}"):  # unfixed: "not known yet"
        return
    told = f"to {address}"
    send_mail("a", "b", "c", [address])
    client.set(f"sent:{order_id}", told)


@shared_task
def when_it_went_well(order_id, address):
    if client.exists(f"well:{order_id}"):  # unfixed: "something else"
        return
    sent = send_mail("a", "b", "c", [address])
    if sent:
        client.set(f"well:{order_id}", 1)


@shared_task
def for_each(order_id, addresses):
    if client.exists(f"each:{order_id}"):  # unfixed: "a for statement"
        return
    for one in addresses:
        send_mail("a", "b", "c", [one])
        client.set(f"each:{order_id}", 1)
