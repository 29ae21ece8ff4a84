"""A lock is taken on the row, and an instance that was loaded before is saved whole."""

from celery import shared_task
from django.db import models, transaction


class Invoice(models.Model):
    state = models.CharField(max_length=10)
    remark = models.TextField(blank=True)


@shared_task
def settle(invoice_id):
    Invoice.objects.filter(pk=invoice_id).update(state="paid")


@shared_task
def remark(invoice_id, text):
    invoice = Invoice.objects.get(pk=invoice_id)
    with transaction.atomic():
        Invoice.objects.select_for_update().get(pk=invoice_id)  # expect: FEN209 "saved whole"
        invoice.remark = text
        invoice.save()


@shared_task
def remark_locked(invoice_id, text):
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
        invoice.remark = text
        invoice.save()
