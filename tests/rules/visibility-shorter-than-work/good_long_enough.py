import time

import boto3
import redis
from confluent_kafka import Consumer

db = redis.Redis()
sqs = boto3.client("sqs")


def hidden_for_two_minutes():
    while True:
        for message in sqs.receive_message(QueueUrl="orders", VisibilityTimeout=120)["Messages"]:
            time.sleep(45)
            db.sadd("orders", message["Body"])
            sqs.delete_message(QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])


def made_longer():
    for message in sqs.receive_message(QueueUrl="orders")["Messages"]:
        sqs.change_message_visibility(
            QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=600
        )
        time.sleep(45)
        db.sadd("orders", message["Body"])
        sqs.delete_message(QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])


def claimed_after_a_minute():
    while True:
        _, entries, _ = db.xautoclaim("orders", "shop", "one", min_idle_time=60_000)
        for ident, fields in entries:
            time.sleep(20)
            db.sadd("orders", fields["id"])
            db.xack("orders", "shop", ident)


def polled_in_time():
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False, "max.poll.interval.ms": 900_000})
    while True:
        message = consumer.poll(1.0)
        time.sleep(600)
        db.sadd("orders", message.key())
        consumer.commit(message)


def patience_that_is_set_elsewhere(settings):
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False, **settings})
    while True:
        message = consumer.poll(1.0)
        time.sleep(600)
        db.sadd("orders", message.key())
        consumer.commit(message)


def make_consumer(more):
    options = {"group.id": "shop", "enable.auto.commit": False}
    options.update(more)
    return Consumer(options)


def patience_that_a_helper_is_given(settings):
    consumer = make_consumer({"max.poll.interval.ms": 1_080_000})
    while True:
        message = consumer.poll(1.0)
        time.sleep(600)
        db.sadd("orders", message.key())
        consumer.commit(message)
