# unsafe
import requests
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.asyncio import Redis

scheduler = AsyncIOScheduler()
lock = Redis()


@scheduler.scheduled_job("cron", hour=3)
async def close_day():
    lock_2 = lock.lock("fenceline:asynchronous.close_day", timeout=300)
    if not await lock_2.acquire(blocking=False):
        return
    try:
        await lock.incr("days")
        requests.post("https://example.org/close-day", timeout=5)
    finally:
        await lock_2.release()
