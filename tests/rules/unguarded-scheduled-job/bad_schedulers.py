"""Jobs that each replica fires, by scheduler and by the form in which they are registered."""

import asyncio
import threading
import time

import aiocron
import apscheduler.schedulers.asyncio as aps
import requests
import schedule
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler as Blocking
from django.core.mail import send_mail
from fastapi import FastAPI
from fastapi_utils.tasks import repeat_every

app = FastAPI()
background = BackgroundScheduler()
asynchronous = aps.AsyncIOScheduler()


def report():
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


def hourly():  # expect: FEN101 "every process"
    report()


@background.scheduled_job("interval", minutes=5)
def every_five_minutes():  # expect: FEN101 "makes a call (mail)"
    report()


@asynchronous.scheduled_job(
    "cron",
    hour=3,
)
async def nightly():  # expect: FEN101
    requests.post("https://example.org/close-day", timeout=5)


@schedule.repeat(schedule.every().hour)
def repeated():  # expect: FEN101
    report()


def chained():  # expect: FEN101
    report()


@aiocron.crontab("0 * * * *")
async def at_the_full_hour():  # expect: FEN101
    report()


@app.on_event("startup")
@repeat_every(seconds=60)
def each_minute():  # expect: FEN101
    report()


def pacing():  # expect: FEN101
    while True:
        report()
        time.sleep(60)


async def pacing_too():  # expect: FEN101
    while True:
        requests.post("https://example.org/beat", timeout=5)
        await asyncio.sleep(60)


def once_in_a_thread():
    report()


class Jobs:
    def __init__(self):
        self.scheduler = BackgroundScheduler()
        self.scheduler.add_job(self.tidy, "interval", hours=1)

    def tidy(self):  # expect: FEN101
        report()


def start():
    background.add_job(hourly, "interval", hours=1)
    schedule.every(10).minutes.do(chained)
    threading.Thread(target=pacing, daemon=True).start()
    threading.Thread(target=once_in_a_thread).start()
    background.start()


async def start_too():
    asyncio.create_task(pacing_too())


def by_text():
    background.add_job("bad_schedulers:named", "interval", hours=1)


def named():  # expect: FEN101
    report()


def in_a_process_of_its_own():
    report()


if __name__ == "__main__":
    own = Blocking()
    own.add_job(in_a_process_of_its_own, "interval", hours=1)
    own.start()
