from contextlib import contextmanager

from django.db import connection, transaction

from .models import Order
from .tasks import deliver


def open_order():
    """Called with a transaction open, and elsewhere without one."""
    order = Order.objects.create(status="open")
    deliver.delay(order.pk)  # expect: FEN304 "reached inside the transaction of checkout.py:14"
    return order


def open_order_in_a_savepoint():
    with transaction.atomic():
        order = Order.objects.create(status="open")
    deliver.delay(order.pk)  # expect: FEN304 "reached inside the transaction of checkout.py:18"
    return order


def open_order_for_two_callers():
    order = Order.objects.create(status="open")
    deliver.delay(order.pk)  # expect: FEN304 "reached inside the transaction of checkout.py:28"
    return order


def open_order_unless_in_a_transaction():
    order = Order.objects.create(status="open")
    if connection.in_atomic_block:
        transaction.on_commit(lambda: deliver.delay(order.pk))
    else:
        deliver.delay(order.pk)
    return order


def open_order_alone():
    """Nobody calls it with a transaction open."""
    order = Order.objects.create(status="open")
    deliver.delay(order.pk)
    return order


def open_order_durably():
    """It cannot be called in a transaction."""
    with transaction.atomic(durable=True):
        order = Order.objects.create(status="open")
    deliver.delay(order.pk)
    return order


def open_order_after_commit():
    """Called by a commit hook."""
    order = Order.objects.create(status="open")
    deliver.delay(order.pk)
    return order


def open_order_beside_the_audit():
    """The transaction around it is one of another database."""
    order = Order.objects.create(status="open")
    deliver.delay(order.pk)
    return order


@contextmanager
def unit_of_work():
    with transaction.atomic():
        yield


def open_order_in_a_unit():
    order = Order.objects.create(status="open")
    deliver.apply_async(args=[order.pk])  # expect: FEN304 "reached inside the transaction of checkout.py:58"
    return order


class Opener:
    def run(self):
        with transaction.atomic():
            self.open()

    def open(self):
        order = Order.objects.create(status="open")
        self.tell(order)

    def tell(self, order):
        order.status = "told"
        order.save()
        deliver.delay(order.pk)  # expect: FEN304


class Base:
    @transaction.atomic
    def run(self):
        self.work()

    def work(self):
        raise NotImplementedError


class Special(Base):
    def work(self):
        order = Order.objects.create(status="open")
        deliver.delay(order.pk)  # expect: FEN304 "reached inside the transaction of helpers.py:95"


def open_order_and_tell(tell=True):
    """The one caller with a transaction open says that nothing is to be sent."""
    order = Order.objects.create(status="open")
    if tell:
        deliver.delay(order.pk)


def open_order_and_tell_all(tell=True):
    order = Order.objects.create(status="open")
    if tell:
        deliver.delay(order.pk)  # expect: FEN304 "reached inside the transaction of checkout.py"
