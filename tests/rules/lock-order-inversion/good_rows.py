from django.db import models, transaction
from django.db.models import F


class Account(models.Model):
    balance = models.IntegerField()
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)


class Stock(models.Model):
    count = models.IntegerField()


class Order(models.Model):
    state = models.CharField(max_length=16)


class Line(models.Model):
    order = models.ForeignKey(Order, related_name="lines", on_delete=models.CASCADE)
    stock = models.ForeignKey(Stock, on_delete=models.CASCADE)
    quantity = models.IntegerField()


def transfer_sorted(source, target, amount):
    first, second = sorted([source, target])
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=first)
        Account.objects.select_for_update().get(pk=second)
        Account.objects.filter(pk=source).update(balance=F("balance") - amount)
        Account.objects.filter(pk=target).update(balance=F("balance") + amount)


def transfer_compared(source, target):
    if source > target:
        source, target = target, source
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=source)
        Account.objects.select_for_update().get(pk=target)


def transfer_in_one(source, target, amount):
    with transaction.atomic():
        list(Account.objects.select_for_update().filter(pk__in=[source, target]).order_by("pk"))
        Account.objects.filter(pk=source).update(balance=F("balance") - amount)
        Account.objects.filter(pk=target).update(balance=F("balance") + amount)


def transfer_nowait(source, target):
    with transaction.atomic():
        Account.objects.select_for_update(nowait=True).get(pk=source)
        Account.objects.select_for_update(nowait=True).get(pk=target)


def two_transactions(source, target, amount):
    Account.objects.filter(pk=source).update(balance=F("balance") - amount)
    Account.objects.filter(pk=target).update(balance=F("balance") + amount)


def parent_of(pk):
    """The second is found by the first: nobody exchanges them."""
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.balance = 0
        account.save()
        parent = account.parent
        parent.balance = 0
        parent.save()


def take_sorted(lines):
    with transaction.atomic():
        for line in sorted(lines, key=lambda one: one.stock_id):
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)


def take_sorted_before(lines):
    lines = list(lines)
    lines.sort(key=lambda one: one.stock_id)
    with transaction.atomic():
        for line in lines:
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)


def take_ordered(order: Order):
    with transaction.atomic():
        for line in order.lines.order_by("stock_id"):
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)


def take_after_locking(lines):
    with transaction.atomic():
        pks = [line.stock_id for line in lines]
        list(Stock.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
        for line in lines:
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)


def one_transaction_each(lines):
    for line in lines:
        with transaction.atomic():
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)


def no_transaction(lines):
    for line in lines:
        Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)


def own_rows():
    with transaction.atomic():
        for stock in Stock.objects.filter(count__lt=0):
            stock.count = 0
            stock.save()


def new_rows(lines):
    with transaction.atomic():
        for line in lines:
            Stock.objects.create(count=line.quantity)


def order_then_lines(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.lines.update(quantity=1)


def order_then_lines_then_order(pk):
    """The order's row is held from the beginning."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.lines.update(quantity=1)
        order.state = "changed"
        order.save()


class History(models.Model):
    text = models.TextField()


def as_a_query_finds_them(order: Order):
    """All runs find these rows in the same order, and lock what has their keys."""
    with transaction.atomic():
        for line in Line.objects.filter(order=order):
            History.objects.filter(pk=line.pk).delete()
