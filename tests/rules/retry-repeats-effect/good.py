"""Tasks whose second attempt repeats nothing."""

import requests
import stripe
from celery import shared_task
from django.core.mail import send_mail


@shared_task(autoretry_for=(Exception,))
def the_effect_comes_last(order_id, cents):
    requests.get("https://example.org/state", timeout=5)
    stripe.Charge.create(amount=cents, currency="eur")


@shared_task(autoretry_for=(Exception,))
def every_attempt_sends_the_key(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur", idempotency_key=f"order-{order_id}")
    send_mail("Paid", "…", "shop@example.org", ["boss@example.org"])


@shared_task
def nobody_tries_again(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")
    send_mail("Paid", "…", "shop@example.org", ["boss@example.org"])


@shared_task(autoretry_for=(Exception,))
def the_failure_stays_inside(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")
    try:
        send_mail("Paid", "…", "shop@example.org", ["boss@example.org"])
    except Exception:
        print("not mailed")


@shared_task(autoretry_for=(Exception,), max_retries=0)
def not_even_once(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")
    send_mail("Paid", "…", "shop@example.org", ["boss@example.org"])
