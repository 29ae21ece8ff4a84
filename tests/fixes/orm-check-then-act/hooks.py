"""What is sent behind the change is sent when the transaction has committed."""

from celery import shared_task
from django.db import models


class Order(models.Model):
    paid = models.BooleanField(default=False)
    uses_left = models.IntegerField(default=1)


@shared_task
def deliver(order_id, priority=0):
    return order_id


def pay(pk):
    order = Order.objects.get(pk=pk)
    if not order.paid:
        order.paid = True
        order.save(update_fields=["paid"])
        # tell it
        deliver.delay(order.pk, priority=3)
