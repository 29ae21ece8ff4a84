# unsafe
import redis
from celery import Celery
from django.core.mail import send_mail

app = Celery("shop")
client = redis.Redis()


@app.task(time_limit=300)
def mail_reminders():
    lock = client.lock("fenceline:celery_beat.mail_reminders", timeout=450)
    if not lock.acquire(blocking=False):
        return
    try:
        client.incr("reminders")
        send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])
    finally:
        lock.release()


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(60.0, mail_reminders.s())
