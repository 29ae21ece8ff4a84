"""Every way to send, inside a transaction that the function itself opens."""

import functools
import json

import redis
from celery import Celery, chain, group, shared_task
from django.db import models, transaction
from django.db.transaction import atomic

app = Celery("shop")
client = redis.Redis(host="cache", socket_timeout=2)


class Order(models.Model):
    number = models.CharField(max_length=10, unique=True)
    status = models.CharField(max_length=10, default="new")


@shared_task
def deliver(order_id):
    return order_id


def block(total):
    with transaction.atomic():
        order = Order.objects.create(number=total)
        transaction.on_commit(functools.partial(deliver.delay, order.pk))  # as soon as it is there


@transaction.atomic
def decorated():
    order = Order.objects.create()
    deliver.delay(
        order_id=order.pk,  # the key
    )
    return order


class Orders:
    @atomic()
    def place(self, number):
        order = Order(number=number)
        order.save()
        if number:
            deliver.apply_async(args=[order.pk], countdown=2); self.placed = True


def savepoint(pk):
    with atomic():
        with atomic():
            Order.objects.filter(pk=pk).update(status="paid")
            transaction.on_commit(functools.partial(app.send_task, "shop.deliver", args=[pk]))


def another_database(pk):
    with transaction.atomic(using="archive"):
        Order.objects.using("archive").filter(pk=pk).update(status="paid")
        transaction.on_commit(functools.partial(deliver.delay, pk), using="archive")


def another_database_by_position(pk, alias):
    with transaction.atomic(alias):
        Order.objects.using(alias).filter(pk=pk).update(status="paid")
        transaction.on_commit(functools.partial(deliver.delay, pk), using=alias)


def nothing_to_hand_on(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        transaction.on_commit(chain(deliver.si(pk), deliver.si(pk)).delay)
        transaction.on_commit(deliver.s(pk) | deliver.s())


def loop(numbers):
    with transaction.atomic():
        for number in numbers:
            order = Order.objects.create(number=number)
            transaction.on_commit(functools.partial(deliver.delay, order.pk))


def text_of_a_row(number):
    with transaction.atomic():
        order = Order.objects.create(number=number)
        transaction.on_commit(functools.partial(client.publish, "orders", json.dumps({"id": order.pk})))
        transaction.on_commit(functools.partial(client.publish, "orders", f"order {order.pk}"))


def keys_of_many(count):
    with transaction.atomic():
        orders = Order.objects.bulk_create([Order() for _ in range(count)])
        transaction.on_commit(group([deliver.s(order.pk) for order in orders]).apply_async)


def error_of_the_transaction(number):
    try:
        with transaction.atomic():
            order = Order.objects.create(number=number)
            transaction.on_commit(functools.partial(deliver.delay, order.pk))
            order.status = "sent"
            order.save(update_fields=["status"])
    except ValueError:
        return functools.partial(print, "not placed")
    return order


def raises_on_the_other_side(number):
    with transaction.atomic():
        order = Order.objects.create(number=number)
        if number:
            transaction.on_commit(functools.partial(deliver.delay, order.pk))
        else:
            raise ValueError(number)
