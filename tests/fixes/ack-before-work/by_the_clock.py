import redis
from confluent_kafka import Consumer

db = redis.Redis()
SETTINGS = {"bootstrap.servers": "kafka:9092", "group.id": "stock"}


def run():
    consumer = Consumer(SETTINGS)
    consumer.subscribe(["orders"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        db.sadd("orders", message.key())
