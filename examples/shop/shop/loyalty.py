from django.db import transaction
from django.db.models import F

from shop.models import Customer


class NotEnoughPoints(Exception):
    pass


def award(customer_id, points):
    customer = Customer.objects.get(pk=customer_id)  # expect: FEN203
    customer.points += points
    customer.save()


def award_in_place(customer_id, points):
    customer = Customer.objects.get(pk=customer_id)
    customer.points = F("points") + points
    customer.save(update_fields=["points"])


def spend(customer: Customer, points):
    if customer.points < points:  # expect: FEN203
        raise NotEnoughPoints(customer.pk)
    customer.points = customer.points - points
    customer.save(update_fields=["points"])


def spend_under_row_lock(customer: Customer, points):
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer.pk)
        if customer.points < points:
            raise NotEnoughPoints(customer.pk)
        customer.points -= points
        customer.save(update_fields=["points"])


def rename(customer: Customer, name):
    customer.name = name
    customer.save(update_fields=["name"])
