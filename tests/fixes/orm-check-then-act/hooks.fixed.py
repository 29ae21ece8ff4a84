# unsafe
"""What is sent behind the change is sent when the transaction has committed."""

from functools import partial

from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    paid = models.BooleanField(default=False)
    uses_left = models.IntegerField(default=1)


@shared_task
def deliver(order_id, priority=0):
    return order_id


def pay(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        if not order.paid:
            order.paid = True
            order.save(update_fields=["paid"])
            # tell it
            transaction.on_commit(partial(deliver.delay, order.pk, priority=3))
