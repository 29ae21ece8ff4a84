"""Charges and the invoice numbers that the tax office wants without gaps."""

import requests
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail

from shop.connections import client
from shop.models import InvoiceRun


@shared_task(acks_late=True)
def charge(order_id, cents):
    requests.post(settings.PAY_URL, json={"order": order_id, "cents": cents}, timeout=10)  # expect: FEN301


@shared_task(acks_late=True)
def charge_once(order_id, cents):
    headers = {"Idempotency-Key": f"charge:{order_id}"}
    requests.post(settings.PAY_URL, json={"order": order_id, "cents": cents}, headers=headers, timeout=10)


@shared_task(autoretry_for=(requests.RequestException,), retry_backoff=True)
def refund(order_id, cents, address):
    requests.post(f"{settings.PAY_URL}/refunds", json={"order": order_id, "cents": cents}, timeout=10)  # expect: FEN303
    requests.post(settings.LEDGER_URL, json={"order": order_id, "refund": cents}, timeout=10)
    send_mail("Refunded", f"Order {order_id}", settings.SHOP_ADDRESS, [address])


def on_provider_event(event_id, address):
    if client.exists(f"seen:{event_id}"):  # expect: FEN305
        return
    send_mail("Payment received", "…", settings.SHOP_ADDRESS, [address])
    client.set(f"seen:{event_id}", 1, ex=86400)


def on_provider_event_once(event_id, address):
    if not client.set(f"seen:{event_id}", 1, nx=True, ex=86400):
        return
    send_mail("Payment received", "…", settings.SHOP_ADDRESS, [address])


def next_invoice_run(day):
    """The lock ends after 30 seconds; nothing says that the archive answers before that."""
    with client.lock("invoice-run", timeout=30):  # expect: FEN401
        last = InvoiceRun.objects.get(day=day)
        requests.post(settings.ARCHIVE_URL, json={"day": day})
        last.number += 1
        last.save(update_fields=["number"])


def next_invoice_run_in_time(day):
    with client.lock("invoice-run", timeout=30):
        requests.post(settings.ARCHIVE_URL, json={"day": day}, timeout=5)
        last = InvoiceRun.objects.get(day=day)
        last.number += 1
        last.save(update_fields=["number"])


def next_invoice_run_fenced(day):
    """The row itself refuses the holder that has been outlived by its lock."""
    with client.lock("invoice-run", timeout=30):
        last = InvoiceRun.objects.get(day=day)
        requests.post(settings.ARCHIVE_URL, json={"day": day})
        return InvoiceRun.objects.filter(day=day, number=last.number).update(number=last.number + 1) == 1


def export_ledger(month):
    if not client.set(f"export:{month}", 1, nx=True, ex=600):
        return False
    try:
        client.sadd("exported", month)
    finally:
        client.delete(f"export:{month}")  # expect: FEN403
    return True


def export_ledger_with_library_lock(month):
    with client.lock(f"export:{month}", timeout=600):
        client.sadd("exported", month)
    return True
