"""Where one run at a time is not to be had by a key of the cache."""

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler
from django.core.cache import cache
from django.core.mail import send_mail

scheduler = BackgroundScheduler()
loop = AsyncIOScheduler()


@scheduler.scheduled_job("interval", seconds=1)
def too_often():  # unfixed: "it is due again too soon"
    cache.set("last", 1)
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


@loop.scheduled_job("cron", hour=6)
async def coroutine():  # unfixed: "it is a coroutine"
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


@scheduler.scheduled_job("cron", hour=6)
def behind_a_name(cache=None):  # unfixed: "no cache is at hand"
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


@scheduler.scheduled_job("cron", hour=1)
def counted():  # unfixed: "it gives something back"
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])
    return 1
