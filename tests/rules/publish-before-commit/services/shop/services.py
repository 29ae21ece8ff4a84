from django.db import transaction

from . import events, tasks
from .models import Order
from .tasks import deliver as deliver_order


def pay(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.status = "paid"
        order.save(update_fields=["status"])
        events.order_paid(order)


def pay_and_tell_later(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.status = "paid"
        order.save(update_fields=["status"])
        events.order_paid_later(order)


def pay_and_dispatch(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.status = "paid"
        order.save(update_fields=["status"])
        events.Events.call(tasks.tell.delay, order.pk)


def create():
    with transaction.atomic():
        order = Order.objects.create()
        deliver_order.delay(order.pk)  # expect: FEN304
        tasks.deliver.apply_async(kwargs={"order_id": order.pk})  # expect: FEN304
    return order


def create_then_deliver():
    with transaction.atomic():
        order = Order.objects.create()
    tasks.deliver.delay(order.pk)
    return order
