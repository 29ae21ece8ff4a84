import asyncio

from redis.asyncio import Redis

client = Redis()


async def settle(account):
    while not await client.set(f"lock:{account}", 1, nx=True, px=5000):
        await asyncio.sleep(0.05)
    try:
        await client.incr(f"settled:{account}")
    finally:
        await client.delete(f"lock:{account}")
