"""What is counted, or queued, beside the members of a whole that is read."""

import asyncio

import redis

client = redis.Redis()


async def count():  # expect: FEN101
    while True:
        client.hincrby("rounds", "all", 1)
        print(client.hgetall("rounds"))
        await asyncio.sleep(30)


async def queue():  # expect: FEN101
    while True:
        client.rpush("orders", "check")
        print(client.lrange("orders", 0, -1))
        await asyncio.sleep(30)


async def main():
    tasks = [asyncio.create_task(count()), asyncio.create_task(queue())]
    await asyncio.gather(*tasks)


def start():
    asyncio.run(main())
