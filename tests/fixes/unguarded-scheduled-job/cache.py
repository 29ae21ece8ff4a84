"""Jobs that every process fires, in a file that has Django's cache."""

from apscheduler.schedulers.background import BackgroundScheduler
from django.core import cache as caching
from django.core.mail import send_mail

scheduler = BackgroundScheduler()


@scheduler.scheduled_job("cron", hour=6)
def mail_report():
    """Mails the report."""
    # the number first
    number = caching.cache.incr("reports")
    send_mail(f"Report {number}", "…", "shop@example.org", ["boss@example.org"])


@scheduler.scheduled_job("interval", minutes=2)
def mail_reminders():
    if caching.cache.get("quiet"):
        return
    send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])
