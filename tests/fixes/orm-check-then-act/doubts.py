"""What a person has to look at before the row is locked."""

from django.core.mail import send_mail
from django.db import models


class Owner(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, null=True)


class Event(models.Model):
    kind = models.CharField(max_length=20)


def mail_while_locked(pk):
    order = Order.objects.get(pk=pk)
    if order.status != "done":
        return
    send_mail("Done", str(pk), "shop@example.org", ["someone@example.org"])
    Order.objects.filter(pk=pk).update(status="told")


def two_rows(pk):
    order = Order.objects.get(pk=pk)
    if order.status != "new":
        raise ValueError(pk)
    Event.objects.create(kind="paid")
    order.status = "paid"
    order.save(update_fields=["status"])


def next_in_line():
    order = Order.objects.filter(status="new").order_by("pk").first()
    if order is None:
        return None
    order.status = "taken"
    order.save(update_fields=["status"])
    return order.pk


def with_its_owner(pk):
    order = Order.objects.select_related("owner").get(pk=pk)
    if order.status != "new":
        return False
    order.status = "paid"
    order.save(update_fields=["status"])
    return True
