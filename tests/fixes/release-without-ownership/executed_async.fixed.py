import asyncio
from uuid import uuid4

from redis.asyncio import Redis

client = Redis()


release_lock = client.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


async def settle(account):
    token = uuid4().hex
    while not await client.set(f"lock:{account}", token, nx=True, px=5000):
        await asyncio.sleep(0.05)
    try:
        await client.incr(f"settled:{account}")
    finally:
        await release_lock(keys=[f"lock:{account}"], args=[token])
