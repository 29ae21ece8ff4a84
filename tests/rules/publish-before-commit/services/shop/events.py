from functools import partial

from django.db import transaction

from . import tasks


class Events:
    @classmethod
    def call(cls, function, *args):
        if transaction.get_connection().in_atomic_block:
            transaction.on_commit(partial(function, *args))
        else:
            function(*args)


def order_paid(order):
    tasks.tell.delay(order.pk)  # expect: FEN304


def order_paid_later(order):
    transaction.on_commit(lambda: tasks.tell.delay(order.pk))
