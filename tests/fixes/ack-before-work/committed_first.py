import redis
from confluent_kafka import Consumer

db = redis.Redis()


def run():
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "stock", "enable.auto.commit": False})
    consumer.subscribe(["orders"])
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        consumer.commit(message)
        db.sadd("orders", message.key())
