import kombu
import pika
import redis
from aio_pika import IncomingMessage, connect_robust

db = redis.Redis()
channel = pika.BlockingConnection().channel()


def acknowledged_last(ch, method, properties, body):
    db.sadd("orders", body)
    ch.basic_ack(delivery_tag=method.delivery_tag)


def refused_when_it_fails(ch, method, properties, body):
    try:
        db.sadd("orders", body)
    except redis.RedisError:
        ch.basic_nack(method.delivery_tag, requeue=False)
        return
    ch.basic_ack(method.delivery_tag)


channel.basic_consume("orders", acknowledged_last, auto_ack=False)
channel.basic_consume("orders", on_message_callback=refused_when_it_fails)


def taken():
    for method, properties, body in channel.consume("orders", inactivity_timeout=1):
        if method is None:
            continue
        db.sadd("orders", body)
        channel.basic_ack(method.delivery_tag)


async def on_order(message: IncomingMessage):
    async with message.process(requeue=True):
        db.sadd("orders", message.body)


async def main():
    connection = await connect_robust("amqp://rabbit/")
    channel = await connection.channel()
    queue = await channel.get_queue("orders")
    await queue.consume(on_order)
    async with queue.iterator() as messages:
        async for message in messages:
            async with message.process():
                db.sadd("orders", message.body)


def on_task(body, message):
    db.sadd("orders", body)
    message.ack()


def run():
    with kombu.Connection("redis://") as conn, kombu.Consumer(conn, ["orders"], callbacks=[on_task]):
        while True:
            conn.drain_events()
