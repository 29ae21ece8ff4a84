# unsafe
"""A job that may take longer than until it is due again, in a file that has Django's cache."""

from time import monotonic

from celery import Celery
from django.core.cache import cache
from django.core.mail import send_mail

app = Celery("shop")


@app.task(time_limit=300)
def mail_reminders():
    deadline = monotonic() + 405
    if not cache.add("fenceline:cache.mail_reminders", 1, timeout=450):
        return
    try:
        cache.incr("reminders")
        send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])
    finally:
        if monotonic() < deadline:
            cache.delete("fenceline:cache.mail_reminders")


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(60.0, mail_reminders.s())
