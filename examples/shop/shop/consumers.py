"""What the shop hears from the payment provider, over Kafka. Deliveries are at least once."""

import json

from confluent_kafka import Consumer
from django.db import transaction
from django.db.models import F

from shop.connections import client
from shop.models import Order, Payment

SETTINGS = {"bootstrap.servers": "localhost:9092", "group.id": "shop", "enable.auto.commit": False}


def book_payments():
    """A crash between the row and the commit books the payment twice."""
    consumer = Consumer(SETTINGS)
    consumer.subscribe(["payments"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        event = json.loads(message.value())
        Payment.objects.create(order_id=event["order"], cents=event["cents"])  # expect: FEN301
        consumer.commit(message)


def book_payments_once():
    consumer = Consumer(SETTINGS)
    consumer.subscribe(["payments"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        event = json.loads(message.value())
        with transaction.atomic():
            _, is_new = Payment.objects.get_or_create(
                event=event["id"], defaults={"order_id": event["order"], "cents": event["cents"]}
            )
            if is_new:
                Order.objects.filter(pk=event["order"]).update(paid_cents=F("paid_cents") + event["cents"])
        consumer.commit(message)


def count_clicks():
    """The offset is committed before the work: a crash loses the message."""
    consumer = Consumer(SETTINGS)
    consumer.subscribe(["clicks"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        consumer.commit(message)  # expect: FEN302
        event = json.loads(message.value())
        client.sadd(f"clicked:{event['sku']}", event["visitor"])


def count_clicks_then_commit():
    consumer = Consumer(SETTINGS)
    consumer.subscribe(["clicks"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        event = json.loads(message.value())
        client.sadd(f"clicked:{event['sku']}", event["visitor"])
        consumer.commit(message)
