"""A way out that comes after the work, or that something follows all the same."""

from queue import Queue

from confluent_kafka import Consumer

from shop.models import Source


def handle(message, consumer):
    if message.topic() == "sources":
        consumer.commit()  # expect: FEN302
        Source.objects.create(number=message.value())
        return
    consumer.commit()


def run(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        handle(consumer.poll(1.0), consumer)


def handle_at_the_end(message, consumer):
    try:
        if message.topic() == "sources":
            consumer.commit()  # expect: FEN302
            return
    finally:
        Source.objects.create(number=message.value())


def run_to_the_end(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        handle_at_the_end(consumer.poll(1.0), consumer)


STATES = Queue()


def run_with_a_queue(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        consumer.commit(message)  # expect: FEN302
        Source.objects.filter(number=message.value()).update(state=STATES.get())
