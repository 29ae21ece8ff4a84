"""Where the scheduler is not told in one place how many runs there may be."""

import requests
from apscheduler.schedulers.background import BackgroundScheduler
from celery import Celery

MOST = 3
app = Celery("shop")
scheduler = BackgroundScheduler()
lenient = BackgroundScheduler(job_defaults={"max_instances": 3})


@scheduler.scheduled_job("interval", minutes=1, max_instances=MOST)
def push_orders():  # unfixed: "how many runs there may be is computed"
    requests.post("https://warehouse.example.org/orders", json={"since": "last"}, timeout=90)


@app.task(time_limit=300)
def remind():  # unfixed: "its scheduler is not told"
    requests.post("https://warehouse.example.org/orders", json={"since": "last"}, timeout=90)


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(60.0, remind.s())
