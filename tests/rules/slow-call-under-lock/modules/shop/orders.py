from django.db import transaction

from . import bank
from .models import Order
from .units import unit_of_work


def pay(pk):
    with transaction.atomic():  # expect: FEN409 "60 s"
        Order.objects.filter(pk=pk).update(state="paying")
        bank.charge(pk)


def pay_in_a_unit(pk):
    with unit_of_work():  # expect: FEN409 "60 s"
        order = Order.objects.select_for_update().get(pk=pk)
        bank.charge(pk)
        order.state = "paid"
        order.save()


@transaction.atomic  # expect: FEN409 "60 s"
def pay_decorated(pk):
    Order.objects.filter(pk=pk).update(state="paying")
    bank.charge(pk)


def pay_later(pk):
    bank.check(pk)
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
    bank.charge(pk)
