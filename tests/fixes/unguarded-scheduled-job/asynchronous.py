import requests
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.asyncio import Redis

scheduler = AsyncIOScheduler()
lock = Redis()


@scheduler.scheduled_job("cron", hour=3)
async def close_day():
    await lock.incr("days")
    requests.post("https://example.org/close-day", timeout=5)
