import threading
import time

import redis
from apscheduler.schedulers.background import BackgroundScheduler
from django.core.mail import send_mail

scheduler = BackgroundScheduler()
client = redis.Redis()


def pacing():  # unfixed: "it never ends"
    while True:
        send_mail("Report", "…", "shop@example.org", ["boss@example.org"])
        time.sleep(60)


def for_one_shop(shop):  # unfixed: "it is called with something"
    send_mail("Report", "…", "shop@example.org", [shop])


@scheduler.scheduled_job("cron", hour=1)
def counted():  # unfixed: "it gives something back"
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])
    return 1


@scheduler.scheduled_job("cron", hour=1)
def behind_a_name(client=None):  # unfixed: "no store is at hand"
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])


def start():
    scheduler.add_job(for_one_shop, "cron", hour=1, args=["tea"])
    threading.Thread(target=pacing, daemon=True).start()
