from celery import shared_task
from django.core.mail import send_mail
from django.db import models, transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils import timezone


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    paid = models.BooleanField(default=False)
    uses_left = models.IntegerField(default=1)
    closed_at = models.DateTimeField(null=True)


class Event(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)


@shared_task
def deliver(order_id):
    return order_id


def status_then_task(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204
    if order.status == "new":
        order.status = "sent"
        order.save(update_fields=["status"])
        deliver.delay(order.pk)


def status_then_true(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204 "status"
    if order.status != "new":
        return False
    order.status = "paid"
    order.save(update_fields=["status"])
    return True


def flag_then_raise(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204
    if order.paid:
        raise ValueError(pk)
    order.paid = True
    order.save(update_fields=["paid"])


def status_then_mail(request, pk):
    order = get_object_or_404(Order, pk=pk)  # expect: FEN204
    if order.closed_at is None:
        order.closed_at = timezone.now()
        order.save(update_fields=["closed_at"])
        send_mail("Closed", "Your order is closed.", "shop@example.org", ["someone@example.org"])


def status_then_row(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204
    if order.status != "new":
        raise ValueError(pk)
    Event.objects.create(order_id=pk, kind="paid")
    order.status = "paid"
    order.save(update_fields=["status"])


def transaction_without_lock(pk):
    with transaction.atomic():
        order = Order.objects.get(pk=pk)  # expect: FEN204
        if order.paid:
            raise ValueError(pk)
        order.paid = True
        order.save(update_fields=["paid"])


def number_then_f_expression(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204
    if order.uses_left < 1:
        raise ValueError(pk)
    order.uses_left = F("uses_left") - 1
    order.save(update_fields=["uses_left"])


def number_then_update(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204
    if order.uses_left < 1:
        return False
    Order.objects.filter(pk=pk).update(uses_left=F("uses_left") - 1)
    return True


def condition_that_nobody_tests(pk):
    order = Order.objects.get(pk=pk)  # expect: FEN204
    if order.uses_left < 1:
        return False
    Order.objects.filter(pk=pk, uses_left__gte=1).update(uses_left=F("uses_left") - 1)
    return True


def exists_then_update(pk):
    if not Order.objects.filter(pk=pk, paid=False).exists():  # expect: FEN204
        return False
    Order.objects.filter(pk=pk).update(paid=True)
    return True


def first_then_update(pk):
    order = Order.objects.filter(pk=pk).first()  # expect: FEN204
    if order is None or order.paid:
        return False
    Order.objects.filter(pk=pk).update(paid=True)
    return True


def values_then_update(pk):
    status = Order.objects.values_list("status", flat=True).get(pk=pk)  # expect: FEN204
    if status != "new":
        return False
    Order.objects.filter(pk=pk).update(status="paid")
    return True


def next_in_line():
    order = Order.objects.filter(status="new").order_by("pk").first()  # expect: FEN204
    if order is None:
        return None
    order.status = "taken"
    order.save(update_fields=["status"])
    deliver.delay(order.pk)
    return order.pk


def all_that_are_new():
    for order in Order.objects.filter(status="new"):  # expect: FEN204
        order.status = "sent"
        order.save(update_fields=["status"])
        deliver.delay(order.pk)
