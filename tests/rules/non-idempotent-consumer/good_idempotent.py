"""Consumers whose effects happen once, however often the message comes."""

import json

import dramatiq
import redis
import requests
import stripe
from celery import shared_task
from confluent_kafka import Consumer
from django.core.mail import send_mail
from django.db import IntegrityError, models, transaction
from django.db.models import F

client = redis.Redis()


class Payment(models.Model):
    event = models.CharField(max_length=40, unique=True)
    cents = models.IntegerField()


class Account(models.Model):
    cents = models.IntegerField()
    state = models.CharField(max_length=10)


class Seen(models.Model):
    event = models.CharField(max_length=40, unique=True)


@shared_task(acks_late=True)
def charges_with_a_key(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur", idempotency_key=f"order-{order_id}")


@shared_task(acks_late=True)
def posts_with_a_key(order_id, cents):
    requests.post("https://example.org/pay", json={"cents": cents}, headers={"Idempotency-Key": order_id}, timeout=5)


@shared_task(acks_late=True)
def puts(order_id):
    requests.put(f"https://example.org/orders/{order_id}", json={"state": "paid"}, timeout=5)
    requests.delete(f"https://example.org/baskets/{order_id}", timeout=5)


@shared_task(acks_late=True)
def says_how_it_is(account_id):
    Account.objects.filter(pk=account_id).update(state="open")
    client.set(f"account:{account_id}", "open")
    client.sadd("accounts", account_id)


@shared_task(acks_late=True)
def one_row_an_event(event, cents):
    Payment.objects.get_or_create(event=event, defaults={"cents": cents})


@shared_task(acks_late=True)
def books_with_the_row(event, account_id, cents):
    try:
        with transaction.atomic():
            Seen.objects.create(event=event)
            Account.objects.filter(pk=account_id).update(cents=F("cents") + cents)
    except IntegrityError:
        pass


@shared_task(acks_late=True)
def changes_the_state_with_the_sum(account_id, cents):
    Account.objects.filter(pk=account_id, state="new").update(state="booked", cents=F("cents") + cents)


@shared_task(acks_late=True)
def marks_first(event, address):
    if client.set(f"mailed:{event}", 1, nx=True, ex=86400):
        send_mail("Hello", "…", "shop@example.org", [address])


@shared_task
def at_most_once(address):
    send_mail("Hello", "…", "shop@example.org", [address])


@dramatiq.actor
def sends_on(order_id):
    puts.delay(order_id)


def run_kafka():
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        event = json.loads(message.value())
        with transaction.atomic():
            _, is_new = Payment.objects.get_or_create(event=event["id"], defaults={"cents": event["cents"]})
            if is_new:
                Account.objects.filter(pk=event["account"]).update(cents=F("cents") + event["cents"])
        consumer.commit(message)
