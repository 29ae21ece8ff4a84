"""Effects that a second delivery repeats, by what delivers and by what is done."""

import smtplib

import dramatiq
import pika
import stripe
from celery import Celery, shared_task
from django.core.mail import send_mail
from django.db import models
from django.db.models import F
from kafka import KafkaConsumer
from uuid import uuid4

app = Celery("shop")


class Payment(models.Model):
    order = models.IntegerField()
    cents = models.IntegerField()


class Account(models.Model):
    cents = models.IntegerField()


@shared_task(acks_late=True)
def mails(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def charges(self, order_id, cents):
    stripe.PaymentIntent.create(  # expect: FEN301 "without an idempotency key"
        amount=cents,
        currency="eur",
    )


@shared_task(acks_late=True)
def charges_with_a_key_of_its_own(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur", idempotency_key=str(uuid4()))  # expect: FEN301


@shared_task(acks_late=True)
def adds(account_id, cents):
    Account.objects.filter(pk=account_id).update(cents=F("cents") + cents)  # expect: FEN301


@shared_task(acks_late=True)
def adds_in_memory(account_id, cents):
    account = Account.objects.select_for_update().get(pk=account_id)
    account.cents += cents
    account.save()  # expect: FEN301


@dramatiq.actor(max_retries=0)
def inserts(order_id, cents):
    Payment.objects.create(order=order_id, cents=cents)  # expect: FEN301


def on_message(channel, method, properties, body):
    with smtplib.SMTP("localhost") as server:
        server.sendmail("shop@example.org", "boss@example.org", body)  # expect: FEN301
    channel.basic_ack(delivery_tag=method.delivery_tag)


def run_amqp():
    channel = pika.BlockingConnection().channel()
    channel.basic_consume(queue="orders", on_message_callback=on_message)
    channel.start_consuming()


def run_kafka():
    consumer = KafkaConsumer("orders", group_id="shop", enable_auto_commit=False)
    for message in consumer:
        Payment.objects.create(order=message.key, cents=1)  # expect: FEN301
        consumer.commit()


@shared_task(acks_late=True)
def looks_first(order_id, cents):
    if Payment.objects.filter(order=order_id).exists():  # expect: FEN305
        return
    stripe.Charge.create(amount=cents, currency="eur")  # expect: FEN301
    Payment.objects.create(order=order_id, cents=cents)
