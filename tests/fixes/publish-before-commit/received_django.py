"""What the worker of the task finds."""

from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()
    is_confirmed = models.BooleanField(default=False)


@shared_task
def confirm(order_id):
    order = Order.objects.get(pk=order_id)
    order.is_confirmed = True
    order.save(update_fields=["is_confirmed"])


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        confirm.delay(order.pk)
