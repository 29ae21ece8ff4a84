import redis.asyncio
from aiokafka import AIOKafkaConsumer

db = redis.asyncio.Redis()


async def committed_by_the_clock():
    consumer = AIOKafkaConsumer("orders", bootstrap_servers="kafka:9092", group_id="shippers")
    await consumer.start()
    try:
        async for message in consumer:
            await db.sadd("orders", message.key)
    finally:
        await consumer.stop()


async def one_by_one():
    async with AIOKafkaConsumer("orders", group_id="shippers", enable_auto_commit=True) as consumer:
        while True:
            message = await consumer.getone()
            await db.sadd("orders", message.key)


async def committed_first():
    consumer = AIOKafkaConsumer("orders", group_id="shippers", enable_auto_commit=False)
    async for message in consumer:
        await consumer.commit()
        await db.sadd("orders", message.key)
