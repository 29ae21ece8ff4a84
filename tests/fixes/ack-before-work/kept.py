"""Where the acknowledgement cannot go to the end: another way out, another message, work that must not be repeated."""

import pika
import redis
from confluent_kafka import Consumer

db = redis.Redis()


def work_that_cannot_be_repeated(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        consumer.commit(message)  # unfixed: "non-idempotent-consumer"
        db.incr("orders")


def leaves_in_between(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        consumer.commit(message)  # unfixed: "a way out on which it would not be acknowledged"
        if message.key() is None:
            continue
        db.sadd("orders", message.key())


def result_is_used(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        offsets = consumer.commit(message, asynchronous=False)  # unfixed: "gives back is used"
        db.sadd("orders", message.key())
        print(offsets)


def on_order(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)  # unfixed: "method is another one after the work"
    db.sadd("orders", body)
    method = None
    print(method)


def run():
    connection = pika.BlockingConnection()
    channel = connection.channel()
    channel.basic_consume("orders", on_message_callback=on_order)
    channel.start_consuming()


def settings_of_others(**options):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": True})
    message = consumer.poll(1.0)  # unfixed: "a way out on which it would not be committed"
    db.sadd("orders", message.key())
    if options:
        return 1
    db.sadd("seen", message.key())
