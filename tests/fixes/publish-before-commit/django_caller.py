from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")


@shared_task
def deliver(order_id):
    return order_id


def tell(order):
    deliver.delay(order.pk)


def place():
    with transaction.atomic():
        order = Order.objects.create()
        tell(order)


def open_order():
    order = Order.objects.create()
    deliver.delay(order.pk)
    return order


@transaction.atomic
def checkout():
    return open_order()
