# unsafe
from django.core.cache import cache
from django.core.mail import send_mail


def on_paid(event_id, address):
    if not cache.add(f"done:{event_id}", True, 86400):
        return
    send_mail("Paid", "…", "shop@example.org", [address])
