"""Effects before a step that can fail, in tasks that are tried again."""

import dramatiq
import requests
import stripe
from celery import shared_task
from django.core.mail import send_mail
from django_rq import job


@shared_task(autoretry_for=(requests.RequestException,), max_retries=5)
def charges_and_tells(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")  # expect: FEN303 "can fail"
    requests.post("https://example.org/ledger", json={"cents": cents}, timeout=5)


@shared_task(bind=True, max_retries=3)
def asks_for_it_itself(self, order_id, cents):
    try:
        stripe.Charge.create(amount=cents, currency="eur")  # expect: FEN303
        send_mail("Paid", "…", "shop@example.org", ["boss@example.org"])
    except Exception as error:
        raise self.retry(exc=error, countdown=10)


@dramatiq.actor
def tried_again_by_default(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")  # expect: FEN303
    requests.post("https://example.org/ledger", json={"cents": cents}, timeout=5)


@shared_task(autoretry_for=(Exception,))
def reads_afterwards(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")  # expect: FEN303
    requests.get("https://example.org/state", timeout=5).raise_for_status()
