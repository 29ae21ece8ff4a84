"""A job that may take longer than until it is due again, in a file that has Django's cache."""

from celery import Celery
from django.core.cache import cache
from django.core.mail import send_mail

app = Celery("shop")


@app.task(time_limit=300)
def mail_reminders():
    cache.incr("reminders")
    send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(60.0, mail_reminders.s())
