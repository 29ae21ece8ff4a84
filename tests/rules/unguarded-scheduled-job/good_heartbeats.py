"""A process says that it is there, and takes out who is gone: members of sets and scores, twice is once."""

import asyncio
import sys
import time

import redis

client = redis.Redis()
NAME = "worker"


async def report():
    client.sadd("workers", NAME)
    while True:
        client.zadd(f"beats:{NAME}", {"alive": time.time()})
        client.hset("states", NAME, "busy")
        print(client.smembers("workers"), client.hgetall("states"), client.zrange("gone", 0, -1))
        client.zremrangebyscore("gone", 0, time.time() - 60)
        await asyncio.sleep(30)


async def main():
    task = asyncio.create_task(report())
    await task


if __name__ == "__main__":
    NAME = f"worker:{sys.argv[1]}"
    asyncio.run(main())
