"""Jobs of which APScheduler is told to have several runs at one time."""

import requests
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
loop = AsyncIOScheduler()


@scheduler.scheduled_job("interval", minutes=1, max_instances=3)  # they are slow
def push_orders():
    requests.post("https://warehouse.example.org/orders", json={"since": "last"}, timeout=90)


@loop.scheduled_job(
    "interval",
    seconds=30,
    max_instances = 2,
)
async def push_prices():
    requests.post("https://warehouse.example.org/prices", json={"since": "last"}, timeout=90)


def pull_orders():
    requests.post("https://warehouse.example.org/orders", json={"since": "last"}, timeout=90)


class Jobs:
    def tidy(self):
        requests.post("https://warehouse.example.org/tidy", timeout=90)

    def start(self):
        scheduler.add_job(self.tidy, "interval", minutes=1, max_instances=10)


def start():
    scheduler.add_job(pull_orders, "interval", minutes=1, id="pull", max_instances=3)
