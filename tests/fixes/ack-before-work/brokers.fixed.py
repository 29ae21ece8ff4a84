# unsafe
import nats
import pulsar
import redis
from faststream import AckPolicy
from faststream.rabbit import RabbitBroker

db = redis.Redis()
broker = RabbitBroker("amqp://rabbit/")


@broker.subscriber("orders", ack_policy=AckPolicy.ACK_FIRST)
async def acknowledged_by_policy(body):
    db.sadd("orders", body)


async def on_order(msg):
    db.sadd("orders", msg.data)
    await msg.ack()


async def jetstream():
    client = await nats.connect("nats://nats:4222")
    js = client.jetstream()
    await js.subscribe("orders", durable="shop", cb=on_order, manual_ack=True)
    pulled = await js.pull_subscribe("orders", "shop")
    for msg in await pulled.fetch(10):
        db.sadd("orders", msg.data)
        await msg.ack()


def streams():
    while True:
        for _, entries in db.xreadgroup("shop", "one", {"orders": ">"}, count=10, block=1000):
            for ident, fields in entries:
                db.sadd("shipped", fields["id"])
                db.xack("orders", "shop", ident)


def without_ack():
    while True:
        for _, entries in db.xreadgroup("shop", "one", {"orders": ">"}, noack=True):
            for _, fields in entries:
                db.sadd("shipped", fields["id"])


def receives():
    consumer = pulsar.Client("pulsar://pulsar:6650").subscribe("orders", "shop")
    while True:
        msg = consumer.receive()
        db.sadd("orders", msg.data())
        consumer.acknowledge(msg)
