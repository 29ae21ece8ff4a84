"""Jobs of which one replica works, whatever the others do."""

import redis
import requests
from apscheduler.schedulers.background import BackgroundScheduler
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import IntegrityError, connection, models, transaction

scheduler = BackgroundScheduler()
client = redis.Redis()


class Reminder(models.Model):
    address = models.EmailField()
    state = models.CharField(max_length=10)


class Run(models.Model):
    day = models.DateField(unique=True)


def report():
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


@scheduler.scheduled_job("cron", hour=1)
def claimed_in_redis():
    if not client.set("report", "1", nx=True, ex=3600):
        return
    report()


@scheduler.scheduled_job("cron", hour=1)
def claimed_in_the_cache():
    if cache.add("report", 1, 3600):
        report()


@scheduler.scheduled_job("cron", hour=1)
def under_a_lock_that_is_not_waited_for():
    lock = client.lock("report", timeout=60)
    if lock.acquire(blocking=False):
        try:
            report()
        finally:
            lock.release()


@scheduler.scheduled_job("cron", hour=1)
def under_an_advisory_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(42)")
        if not cursor.fetchone()[0]:
            return
        try:
            report()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(42)")


@scheduler.scheduled_job("cron", hour=1)
def claims_its_rows():
    with transaction.atomic():
        for reminder in Reminder.objects.select_for_update(skip_locked=True).filter(state="new"):
            send_mail("Reminder", "…", "shop@example.org", [reminder.address])
            reminder.state = "sent"
            reminder.save(update_fields=["state"])


@scheduler.scheduled_job("cron", hour=1)
def claims_each_row_by_an_update():
    for reminder in Reminder.objects.filter(state="new"):
        if Reminder.objects.filter(pk=reminder.pk, state="new").update(state="sent") == 1:
            send_mail("Reminder", "…", "shop@example.org", [reminder.address])


@scheduler.scheduled_job("cron", hour=1)
def one_row_a_run(day):
    try:
        Run.objects.create(day=day)
    except IntegrityError:
        return
    report()


@scheduler.scheduled_job("interval", minutes=1)
def the_same_when_done_twice():
    rates = requests.get("https://example.org/rates", timeout=5).json()
    client.hset("rates", mapping=rates)
    client.sadd("seen", "rates")
    requests.put("https://example.org/mirror", json=rates, timeout=5)
    Reminder.objects.filter(state="old").delete()
    Reminder.objects.filter(state="sent").update(state="old")


@scheduler.scheduled_job("interval", minutes=1)
def nothing_outside():
    print("alive")


def alone(function):
    def guarded():
        if client.set(f"job:{function.__name__}", "1", nx=True, ex=3600):
            function()

    return guarded


@scheduler.scheduled_job("cron", hour=1)
@alone
def by_a_decorator_of_ours():
    report()
