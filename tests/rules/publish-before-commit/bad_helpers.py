from contextlib import contextmanager

from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")

    def mark_paid(self):
        self.status = "paid"
        self.save(update_fields=["status"])


@shared_task
def deliver(order_id):
    return order_id


@shared_task
def remind(order_id):
    return order_id


@shared_task
def archive(order_id):
    return order_id


def tell(order):
    deliver.delay(order.pk)  # expect: FEN304


def send_in_a_helper():
    with transaction.atomic():
        order = Order.objects.create()
        tell(order)


def make():
    return Order.objects.create()


def write_in_a_helper():
    with transaction.atomic():
        order = make()
        deliver.delay(order.pk)  # expect: FEN304


def write_in_a_method(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.mark_paid()
        deliver.delay(order.pk)  # expect: FEN304


def make_and_remind():
    order = Order.objects.create()
    remind.delay(order.pk)  # expect: FEN304
    return order


@transaction.atomic
def both_in_a_helper():
    return make_and_remind()


@contextmanager
def in_transaction():
    with transaction.atomic():
        yield


def transaction_made_by_the_project():
    with in_transaction():
        order = Order.objects.create()
        deliver.delay(order.pk)  # expect: FEN304


class Checkout:
    def _save(self):
        self.order = Order.objects.create()

    def _archive(self):
        archive.delay(self.order.pk)  # expect: FEN304

    def run(self):
        with transaction.atomic():
            self._save()
            self._archive()


def send_in_a_nested_function():
    def create_and_tell():
        order = Order.objects.create()
        deliver.delay(order.pk)  # expect: FEN304

    with transaction.atomic():
        create_and_tell()


def send_before_an_error_is_caught(pk):
    try:
        with transaction.atomic():
            Order.objects.filter(pk=pk).update(status="paid")
            deliver.delay(pk)  # expect: FEN304
            Order.objects.get(pk=pk).mark_paid()
    except Order.DoesNotExist:
        return False
    return True
