import redis
import redis.asyncio
from aiokafka import AIOKafkaConsumer
from kafka import KafkaConsumer

db = redis.Redis()
asynchronous = redis.asyncio.Redis()


def committed_by_the_next_poll():
    consumer = KafkaConsumer("orders", bootstrap_servers="kafka:9092", group_id="shippers")
    for message in consumer:
        db.sadd("orders", message.key)


def committed_last():
    consumer = KafkaConsumer("orders", group_id="shippers", enable_auto_commit=False)
    while True:
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                db.sadd("orders", record.key)
        consumer.commit()


def without_a_group():
    for message in KafkaConsumer("orders"):
        db.sadd("orders", message.key)


async def asynchronous_and_last():
    consumer = AIOKafkaConsumer("orders", group_id="shippers", enable_auto_commit=False)
    await consumer.start()
    async for message in consumer:
        await asynchronous.sadd("orders", message.key)
        await consumer.commit()


async def asynchronous_without_a_group():
    consumer = AIOKafkaConsumer("orders")
    async for message in consumer:
        await asynchronous.sadd("orders", message.key)


async def set_elsewhere(**options):
    consumer = AIOKafkaConsumer("orders", **options)
    async for message in consumer:
        await asynchronous.sadd("orders", message.key)
