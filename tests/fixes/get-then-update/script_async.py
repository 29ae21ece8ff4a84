import redis.asyncio as redis

LIMIT = 5
client = redis.Redis(decode_responses=True)


async def enter(room):
    people = int(await client.get(f"room:{room}") or "0")
    if people >= LIMIT:
        return False
    await client.incr(f"room:{room}")
    return True


async def leave(room):
    if int((await client.get(f"room:{room}")) or "0") > 0:
        await client.decr(f"room:{room}")
