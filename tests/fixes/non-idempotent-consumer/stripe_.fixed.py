# unsafe
"""Charges by tasks whose message may come again."""

import stripe
from celery import Celery, shared_task
from django.core.mail import send_mail
from stripe import PaymentIntent

app = Celery("shop")


@shared_task(acks_late=True)
def charge(order_id, amount):
    stripe.Charge.create(amount=amount, currency="eur", metadata={"order": order_id}, idempotency_key=f"fenceline:stripe_.charge:{order_id}:{amount}")


@app.task(bind=True, acks_late=True)
def pay(self, order_id, cents):
    PaymentIntent.create(
        amount=cents,
        currency="eur",  # as always
        idempotency_key=f"fenceline:stripe_.pay:{self.request.id}",
    )


@shared_task(acks_late=True)
def charge_each(order_ids, amount):
    for order_id in order_ids:
        stripe.Charge.create(amount=amount, currency="eur", metadata={"order": order_id})  # unfixed: "several times"


@shared_task(acks_late=True)
def mail(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # unfixed: "takes no key"


@shared_task(acks_late=True)
def charge_all(**charges):
    stripe.Charge.create(amount=charges["amount"], currency="eur")  # unfixed: "is not known"
