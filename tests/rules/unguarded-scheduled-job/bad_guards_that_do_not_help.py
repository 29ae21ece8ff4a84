"""Jobs with something that looks like a guard between replicas."""

import threading

import redis
from apscheduler.schedulers.background import BackgroundScheduler
from django.core.mail import send_mail
from django.db import models

scheduler = BackgroundScheduler()
client = redis.Redis()
lock = threading.Lock()


class Reminder(models.Model):
    address = models.EmailField()
    state = models.CharField(max_length=10)


def report():
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


@scheduler.scheduled_job("cron", hour=1)
def one_after_the_other():  # expect: FEN101
    with client.lock("report", timeout=60):
        report()


@scheduler.scheduled_job("cron", hour=1)
def in_one_process_only():  # expect: FEN101
    with lock:
        report()


@scheduler.scheduled_job("cron", hour=1)
def looks_first():  # expect: FEN101
    if client.get("report"):
        return
    report()
    client.set("report", "1", ex=3600)


@scheduler.scheduled_job("cron", hour=1)
def marks_afterwards():  # expect: FEN101
    for reminder in Reminder.objects.filter(state="new"):
        send_mail("Reminder", "…", "shop@example.org", [reminder.address])
        reminder.state = "sent"
        reminder.save(update_fields=["state"])
