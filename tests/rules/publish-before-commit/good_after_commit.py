from functools import partial

from celery import shared_task
from django.db import connection, models, transaction


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")


class Outbox(models.Model):
    order_id = models.IntegerField()


@shared_task
def deliver(order_id):
    return order_id


def hook_with_a_lambda():
    with transaction.atomic():
        order = Order.objects.create()
        transaction.on_commit(lambda: deliver.delay(order.pk))


def hook_with_a_partial():
    with transaction.atomic():
        order = Order.objects.create()
        transaction.on_commit(partial(deliver.delay, order.pk))


def hook_with_a_bound_callback():
    with transaction.atomic():
        order = Order.objects.create()
        callback = partial(deliver.apply_async, args=[order.pk], countdown=5)
        transaction.on_commit(callback)


def hook_with_a_nested_function():
    with transaction.atomic():
        order = Order.objects.create()

        def tell():
            deliver.delay(order.pk)

        transaction.on_commit(tell)


@transaction.atomic
def hook_in_a_decorated_function(pk):
    Order.objects.filter(pk=pk).update(status="paid")
    transaction.on_commit(lambda: deliver.delay(pk), robust=True)


def hooks_in_a_loop(customers):
    with transaction.atomic():
        for _customer in customers:
            order = Order.objects.create()
            transaction.on_commit(partial(deliver.delay, order.pk))


def after_the_block():
    with transaction.atomic():
        order = Order.objects.create()
    deliver.delay(order.pk)


def after_a_decorated_function():
    order = create()
    deliver.delay(order.pk)


@transaction.atomic
def create():
    return Order.objects.create()


def without_a_transaction():
    order = Order.objects.create()
    deliver.delay(order.pk)


def before_the_transaction(pk):
    deliver.delay(pk)
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")


def delay_on_commit():
    with transaction.atomic():
        order = Order.objects.create()
        deliver.delay_on_commit(order.pk)


def nothing_written(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        deliver.delay(order.pk)


def row_in_an_outbox(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        Outbox.objects.create(order_id=pk)


def relay_of_an_outbox():
    with transaction.atomic():
        for entry in Outbox.objects.select_for_update(skip_locked=True).order_by("pk")[:100]:
            deliver.delay(entry.order_id)
            entry.delete()


def send_later(function, *args):
    """Waits for the commit where there is one to wait for."""
    if connection.in_atomic_block:
        transaction.on_commit(partial(function, *args))
    else:
        function(*args)


def dispatcher_made_by_the_project():
    with transaction.atomic():
        order = Order.objects.create()
        send_later(deliver.delay, order.pk)


def tell_after_commit(order):
    transaction.on_commit(partial(deliver.delay, order.pk))


def hook_in_a_helper():
    with transaction.atomic():
        order = Order.objects.create()
        tell_after_commit(order)


class Message:
    def __init__(self, order_id):
        self.order_id = order_id

    def send(self):
        transaction.on_commit(lambda: deliver.delay(self.order_id))


def hook_in_a_method():
    with transaction.atomic():
        order = Order.objects.create()
        Message(order.pk).send()
