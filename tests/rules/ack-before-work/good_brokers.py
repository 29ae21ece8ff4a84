import nats
import pulsar
import redis
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.nats import NatsBroker
from faststream.rabbit import RabbitBroker

db = redis.Redis()
rabbit = RabbitBroker("amqp://rabbit/")
kafka = KafkaBroker("kafka:9092")
subjects = NatsBroker()


@rabbit.subscriber("orders")
async def rejected_when_it_fails(body):
    db.sadd("orders", body)


@kafka.subscriber("orders", group_id="shop", ack_policy=AckPolicy.NACK_ON_ERROR)
async def again_when_it_fails(body):
    db.sadd("orders", body)


@subjects.subscriber("orders", stream="shop")
async def from_a_stream(body):
    db.sadd("orders", body)


async def on_order(msg):
    db.sadd("orders", msg.data)


async def on_order_by_hand(msg):
    db.sadd("orders", msg.data)
    await msg.ack()


async def jetstream():
    client = await nats.connect("nats://nats:4222")
    await client.subscribe("ticker", cb=on_order)
    js = client.jetstream()
    await js.subscribe("orders", durable="shop", cb=on_order)
    await js.subscribe("orders", durable="shop", cb=on_order_by_hand, manual_ack=True)


def streams():
    while True:
        for _, entries in db.xreadgroup("shop", "one", {"orders": ">"}):
            for ident, fields in entries:
                db.sadd("shipped", fields["id"])
                db.xack("orders", "shop", ident)


def ticker():
    subscriber = db.pubsub()
    subscriber.subscribe("ticker")
    for message in subscriber.listen():
        db.sadd("seen", message["data"])


def popped():
    while True:
        _, item = db.blpop(["queue"])
        db.sadd("seen", item)


def receives():
    consumer = pulsar.Client("pulsar://pulsar:6650").subscribe("orders", "shop")
    while True:
        msg = consumer.receive()
        db.sadd("orders", msg.data())
        consumer.acknowledge(msg)
