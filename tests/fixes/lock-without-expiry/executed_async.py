from redis.asyncio import Redis

client = Redis()


async def settle(account, amount):
    lock = client.lock(f"account:{account}")
    async with lock:
        balance = int(await client.get(f"balance:{account}"))
        await client.set(f"balance:{account}", balance - amount)
