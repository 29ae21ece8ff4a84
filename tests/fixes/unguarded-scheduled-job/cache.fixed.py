# unsafe
"""Jobs that every process fires, in a file that has Django's cache."""

from time import monotonic

from apscheduler.schedulers.background import BackgroundScheduler
from django.core import cache as caching
from django.core.mail import send_mail

scheduler = BackgroundScheduler()


@scheduler.scheduled_job("cron", hour=6)
def mail_report():
    """Mails the report."""
    deadline = monotonic() + 270
    if not caching.cache.add("fenceline:cache.mail_report", 1, timeout=300):
        return
    try:
        # the number first
        number = caching.cache.incr("reports")
        send_mail(f"Report {number}", "…", "shop@example.org", ["boss@example.org"])
    finally:
        if monotonic() < deadline:
            caching.cache.delete("fenceline:cache.mail_report")


@scheduler.scheduled_job("interval", minutes=2)
def mail_reminders():
    deadline = monotonic() + 97.2
    if not caching.cache.add("fenceline:cache.mail_reminders", 1, timeout=108):
        return
    try:
        if caching.cache.get("quiet"):
            return
        send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])
    finally:
        if monotonic() < deadline:
            caching.cache.delete("fenceline:cache.mail_reminders")
