from django.db import models, transaction
from django.db.models import F


class Account(models.Model):
    balance = models.IntegerField()


class Stock(models.Model):
    count = models.IntegerField()


class Order(models.Model):
    state = models.CharField(max_length=16)


class Line(models.Model):
    order = models.ForeignKey(Order, related_name="lines", on_delete=models.CASCADE)
    stock = models.ForeignKey(Stock, on_delete=models.CASCADE)
    quantity = models.IntegerField()


def transfer(source, target, amount):
    with transaction.atomic():
        payer = Account.objects.select_for_update().get(pk=source)
        payee = Account.objects.select_for_update().get(pk=target)  # expect: FEN408 "the two exchanged"
        payer.balance -= amount
        payee.balance += amount
        payer.save()
        payee.save()


@transaction.atomic
def transfer_in_the_database(source, target, amount):
    Account.objects.filter(pk=source).update(balance=F("balance") - amount)
    Account.objects.filter(pk=target).update(balance=F("balance") + amount)  # expect: FEN408


def take(lines):
    with transaction.atomic():
        for line in lines:
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)  # expect: FEN408


def take_of(order: Order):
    with transaction.atomic():
        for line in order.lines.all():
            stock = line.stock
            stock.count = F("count") - line.quantity
            stock.save()  # expect: FEN408 "in the order of the loop"


def lock_each(pks):
    with transaction.atomic():
        for pk in pks:
            stock = Stock.objects.select_for_update().get(pk=pk)  # expect: FEN408
            stock.count = 0
            stock.save()


def in_a_helper(lines):
    with transaction.atomic():
        for line in lines:
            take_one(line.stock_id, line.quantity)


def take_one(pk, quantity):
    Stock.objects.filter(pk=pk).update(count=F("count") - quantity)  # expect: FEN408


def line_first(pk):
    with transaction.atomic():
        line = Line.objects.select_for_update().get(pk=pk)
        line.quantity = 0
        line.save()
        order = line.order
        order.state = "changed"
        order.save()  # expect: FEN408 "rows of Order after rows of Line"


def order_first(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.lines.update(quantity=1)
        order.state = "reset"
        order.save()
