import time

import boto3
import redis
from confluent_kafka import Consumer

db = redis.Redis()
sqs = boto3.client("sqs")


def hidden_for_thirty_seconds():
    while True:
        answer = sqs.receive_message(QueueUrl="orders")  # expect: FEN306
        for message in answer["Messages"]:
            time.sleep(45)
            db.sadd("orders", message["Body"])
            sqs.delete_message(QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])


def claimed_after_five_seconds():
    while True:
        _, entries, _ = db.xautoclaim("orders", "shop", "one", min_idle_time=5000)  # expect: FEN306
        for ident, fields in entries:
            time.sleep(20)
            db.sadd("orders", fields["id"])
            db.xack("orders", "shop", ident)


def polled_every_five_minutes():
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)  # expect: FEN306
        time.sleep(600)
        db.sadd("orders", message.key())
        consumer.commit(message)


def make_consumer(group):
    return Consumer({"group.id": group, "enable.auto.commit": False})


def of_a_helper(settings):
    consumer = make_consumer("shop")
    while True:
        message = consumer.poll(1.0)  # expect: FEN306
        time.sleep(600)
        db.sadd("orders", message.key())
        consumer.commit(message)
