# unsafe
"""A job that every process fires, in a file that has a client."""

import redis
from apscheduler.schedulers.background import BackgroundScheduler
from django.core.mail import send_mail

scheduler = BackgroundScheduler()
client = redis.Redis()


@scheduler.scheduled_job("cron", hour=6)
def mail_report():
    """Mails the report."""

    lock = client.lock("fenceline:redis_client.mail_report", timeout=300)
    if not lock.acquire(blocking=False):
        return
    try:
        # the number first
        number = client.incr("reports")
        send_mail(f"Report {number}", "…", "shop@example.org", ["boss@example.org"])  # and then the mail
    finally:
        lock.release()
