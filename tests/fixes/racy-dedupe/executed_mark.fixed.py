# unsafe
import redis
from django.core.mail import send_mail

client = redis.Redis()


def on_paid(event_id, address):
    if not client.set(f"done:{event_id}", 1, ex=86400, nx=True):
        return
    send_mail("Paid", "…", "shop@example.org", [address])
