"""The UPDATE decides, where a lock would be held over what cannot be taken back, or cannot be had."""

from celery import shared_task
from django.core.mail import send_mail
from django.db import models
from django.shortcuts import get_object_or_404
from django.utils import timezone


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    closed_at = models.DateTimeField(null=True)


@shared_task
def deliver(order_id):
    return order_id


def then_task(pk):
    order = Order.objects.get(pk=pk)
    # only once
    if Order.objects.filter(pk=pk, status="new").update(status="sent"):
        # from now on
        order.status = "sent"
        # kept
        deliver.delay(order.pk)


def then_mail(request, pk):
    order = get_object_or_404(Order, pk=pk)
    if (
        request.user  # somebody
        and Order.objects.filter(pk=pk, closed_at__isnull=True).update(closed_at=timezone.now())
    ):
        send_mail("Closed", "Your order is closed.", "shop@example.org", ["someone@example.org"])


async def awaited(pk):
    order = await Order.objects.aget(pk=pk)
    if not await Order.objects.filter(pk=pk, status="new").aupdate(status="sent"):
        return False
    return True


async def used_afterwards(pk):
    order = await Order.objects.aget(pk=pk)
    if order.status != "new":
        return None
    order.status = "sent"
    await order.asave()
    return order
