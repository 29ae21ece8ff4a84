"""A second is not long enough, and a delay that is not known is none."""

from celery import shared_task
from django.conf import settings
from django.db import models, transaction


class Order(models.Model):
    number = models.IntegerField()


@shared_task
def sync(pk): ...


def place(number):
    with transaction.atomic():
        order = Order.objects.create(number=number)
        sync.apply_async(args=(order.pk,), countdown=1)  # expect: FEN304


def place_after(number):
    with transaction.atomic():
        order = Order.objects.create(number=number)
        sync.apply_async(args=(order.pk,), countdown=settings.SYNC_DELAY)  # expect: FEN304
