# unsafe
"""What a person has to look at before the row is locked."""

from django.core.mail import send_mail
from django.db import models, transaction


class Owner(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, null=True)


class Event(models.Model):
    kind = models.CharField(max_length=20)


def mail_while_locked(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        if order.status != "done":
            return
        send_mail("Done", str(pk), "shop@example.org", ["someone@example.org"])
        Order.objects.filter(pk=pk).update(status="told")


def two_rows(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        if order.status != "new":
            raise ValueError(pk)
        Event.objects.create(kind="paid")
        order.status = "paid"
        order.save(update_fields=["status"])


def next_in_line():
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(status="new").order_by("pk").first()
        if order is None:
            return None
        order.status = "taken"
        order.save(update_fields=["status"])
    return order.pk


def with_its_owner(pk):
    with transaction.atomic():
        order = Order.objects.select_related("owner").select_for_update(of=("self",)).get(pk=pk)
        if order.status != "new":
            return False
        order.status = "paid"
        order.save(update_fields=["status"])
    return True
