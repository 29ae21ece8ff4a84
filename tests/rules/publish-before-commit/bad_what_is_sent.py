"""The ways to send a task, and the ways in which a message carries the row."""

import json

import redis
from celery import Celery, Task, chain, shared_task, signature
from django.db import models
from django.db.transaction import atomic

app = Celery("shop")
client = redis.Redis(host="cache", socket_timeout=2)


class Order(models.Model):
    number = models.CharField(max_length=10, unique=True)
    status = models.CharField(max_length=10, default="new")


class Deliver(Task):
    name = "shop.deliver"

    def run(self, order_id):
        return order_id


class Bill(app.Task):
    def run(self, order_id):
        return order_id


registered = app.register_task(Deliver())


@shared_task
def remind(order_id=None):
    return order_id


def class_of_a_task(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        Deliver().delay(pk)  # expect: FEN304


def class_on_the_application(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        Bill().apply_async(args=[pk])  # expect: FEN304


def registered_task(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        registered.delay(pk)  # expect: FEN304


def signature_by_name(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        signature("shop.deliver", args=(pk,)).delay()  # expect: FEN304


def chain_that_is_called(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        chain(remind.s(pk), remind.s())()  # expect: FEN304


def joined_by_an_operator(pk):
    with atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        (remind.s(pk) | remind.s()).delay()  # expect: FEN304


def key_as_text():
    with atomic():
        order = Order.objects.create()
        remind.delay(str(order.pk))  # expect: FEN304


def key_in_a_text():
    with atomic():
        order = Order.objects.create()
        remind.delay(f"order {order.pk}")  # expect: FEN304


def key_in_a_dictionary():
    with atomic():
        order = Order.objects.create()
        remind.apply_async(kwargs={"order_id": order.id})  # expect: FEN304


def key_in_a_document():
    with atomic():
        order = Order.objects.create()
        client.publish("orders", json.dumps({"id": order.pk}))  # expect: FEN304


def unique_number_of_a_new_row(number):
    with atomic():
        order = Order.objects.create(number=number)
        remind.delay(order.number)  # expect: FEN304


def field_of_a_row_that_was_read(pk):
    with atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.status = "paid"
        order.save(update_fields=["status"])
        remind.delay(order.number)  # expect: FEN304


def keys_of_many(count):
    with atomic():
        orders = Order.objects.bulk_create([Order() for _ in range(count)])
        remind.delay([order.pk for order in orders])  # expect: FEN304


def row_that_may_be_new(number):
    with atomic():
        order, _is_new = Order.objects.get_or_create(number=number)
        remind.delay(order.pk)  # expect: FEN304


def deleted(pk):
    with atomic():
        Order.objects.filter(pk=pk).delete()
        remind.delay(pk)  # expect: FEN304
