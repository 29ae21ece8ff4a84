import uuid

import stripe
from celery import shared_task


@shared_task(acks_late=True)
def charge(amount, key=None):
    stripe.Charge.create(amount=amount, currency="eur", idempotency_key=key or str(uuid.uuid4()))
