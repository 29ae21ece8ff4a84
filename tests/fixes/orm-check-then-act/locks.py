"""The row is locked when it is read, until it is changed: Django."""

from django.db import models
from django.db.models import F
from django.shortcuts import get_object_or_404


class Owner(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    paid = models.BooleanField(default=False)
    uses_left = models.IntegerField(default=1)


def guard(pk):
    order = Order.objects.get(pk=pk)
    if order.paid:
        raise ValueError(pk)
    order.paid = True
    order.save(update_fields=["paid"])


def answer(request, pk):
    order = get_object_or_404(Order, pk=pk)
    if order.status != "new":
        return False
    order.status = "paid"
    order.save(update_fields=["status"])
    return True


def of_a_query(request, pk):
    order = get_object_or_404(Order.objects.filter(paid=False), pk=pk)
    if order.status != "new":
        return False
    order.status = "paid"
    order.save(update_fields=["status"])
    return True


def by_statement(pk):
    status = Order.objects.values_list("status", flat=True).get(pk=pk)
    if status != "new":
        return False
    Order.objects.filter(pk=pk).update(status="paid")
    return True


def missing(pk):
    try:
        order = Order.objects.get(pk=pk)
    except Order.DoesNotExist:
        return False
    if order.uses_left < 1:
        return False
    order.uses_left = F("uses_left") - 1
    order.save(update_fields=["uses_left"])
    return True


def matched(pk):
    order = Order.objects.get(pk=pk)
    match order.status:
        case "new":
            order.status = "paid"
            order.save(update_fields=["status"])
            return True
        case _:
            return False


def on_another_database(pk):
    order = Order.objects.using("archive").get(pk=pk)
    if order.paid:
        raise ValueError(pk)
    order.paid = True
    order.save(update_fields=["paid"])


class Orders:
    @classmethod
    def take(cls, pks):
        for pk in pks:
            order = Order.objects.get(pk=pk)
            if order.status != "new":
                continue
            order.status = "taken"
            order.save(update_fields=["status"])
