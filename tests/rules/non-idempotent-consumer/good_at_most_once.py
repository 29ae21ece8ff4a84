import nats
import pika
import redis
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent
from faststream.redis import RedisBroker
from kafka import KafkaConsumer

db = redis.Redis()
broker = RedisBroker()
layer = DynamoDBPersistenceLayer(table_name="done")


def listens():
    subscriber = db.pubsub()
    subscriber.psubscribe("orders.*")
    for message in subscriber.listen():
        db.incr("heard")


def pops():
    while True:
        db.blpop("queue", timeout=5)
        db.incr("popped")


def without_a_group():
    for message in KafkaConsumer("orders"):
        db.incr("seen")


async def on_tick(msg):
    db.incr("ticks")


async def main():
    client = await nats.connect("nats://nats:4222")
    await client.subscribe("ticks", cb=on_tick)


@broker.subscriber("orders")
async def handle(body):
    db.incr("orders")


@idempotent(persistence_store=layer)
def handler(event, context):
    for record in event["Records"]:
        db.incr("orders")


def set_of_orders(ch, method, properties, body):
    db.sadd("orders", body)
    ch.basic_ack(method.delivery_tag)


pika.BlockingConnection().channel().basic_consume("orders", set_of_orders)
