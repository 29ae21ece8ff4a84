from functools import partial

from celery import shared_task
from django.db import connection, models, transaction
from django.db.transaction import atomic, on_commit


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")


@shared_task
def deliver(order_id):
    return order_id


def nested_function(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")

        def later():
            deliver.delay(pk)

        on_commit(later)


def decorated_function(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")

        @on_commit
        def _later():
            deliver.delay(pk)


def callback_in_a_variable(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        callback = partial(deliver.delay, pk)
        transaction.on_commit(callback)


def method_of_a_signature(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        transaction.on_commit(deliver.s(pk).delay)


def hook_of_the_connection(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        connection.on_commit(lambda: deliver.delay(pk))


def hook_where_there_is_a_transaction(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        if not transaction.get_connection().in_atomic_block:
            deliver.delay(pk)
        else:
            transaction.on_commit(lambda: deliver.delay(pk))


def run_here_and_now(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        deliver(pk)
        deliver.run(pk)
        deliver.apply(args=[pk])


def message_of_something_else(other):
    """The row that is written is not in the message."""
    with atomic():
        Order.objects.create()
        deliver.delay(other)
