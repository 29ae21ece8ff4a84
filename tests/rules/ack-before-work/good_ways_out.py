"""Messages that nobody is interested in, acknowledged on a way that leaves before the work on others."""

from queue import PriorityQueue

from confluent_kafka import Consumer
from django.db import transaction

from shop.models import Source


def handle(message, consumer):
    source_id = message.value()
    if message.topic() != "sources":
        consumer.commit()
        return
    with transaction.atomic():
        Source.objects.filter(number=source_id).update(is_known=True)
    consumer.commit()


def run(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        handle(consumer.poll(1.0), consumer)


def run_in_place(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        if message.topic() != "sources":
            consumer.commit(message)
            continue
        Source.objects.filter(number=message.value()).update(is_known=True)
        consumer.commit(message)


QUEUE: PriorityQueue = PriorityQueue()


def work_off():
    while not QUEUE.empty():
        priority, item = QUEUE.get()
        Source.objects.filter(number=item["number"]).update(state=item["state"])


def run_beside_a_queue(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        handle(consumer.poll(1.0), consumer)
        work_off()
