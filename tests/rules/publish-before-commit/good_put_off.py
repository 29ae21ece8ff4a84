"""A message that is put off long enough finds the transaction ended (shown at low confidence only)."""

from datetime import timedelta

from celery import shared_task
from django.db import models, transaction
from django.utils import timezone


class Order(models.Model):
    number = models.IntegerField()


@shared_task
def sync(pk): ...


def place(number):
    with transaction.atomic():
        order = Order.objects.create(number=number)
        sync.apply_async(args=(order.pk,), countdown=10)


def place_later(number):
    with transaction.atomic():
        order = Order.objects.create(number=number)
        sync.apply_async((order.pk,), eta=timezone.now() + timedelta(minutes=1))
