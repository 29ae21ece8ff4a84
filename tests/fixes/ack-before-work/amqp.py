import aio_pika
import kombu
import pika
import redis
from aio_pika import connect_robust
from kombu.mixins import ConsumerMixin

db = redis.Redis()
connection = pika.BlockingConnection(pika.ConnectionParameters("rabbit"))
channel = connection.channel()


def acknowledged_first(ch, method, properties, body):
    ch.basic_ack(delivery_tag=method.delivery_tag)
    db.sadd("orders", body)


def acknowledged_by_the_broker(ch, method, properties, body):
    db.sadd("orders", body)


channel.basic_consume("orders", acknowledged_first)
channel.basic_consume(queue="orders", on_message_callback=acknowledged_by_the_broker, auto_ack=True)


def taken_from_the_broker():
    for method, properties, body in channel.consume("orders", auto_ack=True):
        db.sadd("orders", body)


def got():
    method, properties, body = channel.basic_get("orders", auto_ack=True)
    db.sadd("orders", body)


async def on_order(message):
    await message.ack()
    db.sadd("orders", message.body)


async def on_message(message: aio_pika.abc.AbstractIncomingMessage) -> None:
    async with message.process():
        order = message.body
    db.sadd("orders", order)


async def main():
    connection = await connect_robust("amqp://rabbit/")
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("orders", durable=True)
        await queue.consume(on_order)
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                db.sadd("orders", message.body)


class Worker(ConsumerMixin):
    def __init__(self, connection):
        self.connection = connection

    def get_consumers(self, Consumer, channel):
        return [Consumer(queues=["orders"], callbacks=[self.on_task], accept=["json"])]

    def on_task(self, body, message):
        message.ack()
        db.sadd("orders", body)


def simple():
    with kombu.Connection("amqp://rabbit/") as conn:
        queue = conn.SimpleQueue("orders")
        message = queue.get(block=True)
        message.ack()
        db.sadd("orders", message.payload)
