from contextlib import contextmanager

from celery import shared_task
from django.db import DatabaseError, models, transaction


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    paid = models.BooleanField(default=False)

    def pay(self):
        with transaction.atomic():
            self = Order.objects.select_for_update().get(pk=self.pk)
            if self.paid:
                return False
            self.paid = True
            self.save(update_fields=["paid"])
            return True

    def pay_after_a_fresh_look(self):
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=self.pk)
            self.refresh_from_db(fields=["paid"])
            if self.paid:
                return False
            self.paid = True
            self.save(update_fields=["paid"])
            return True


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    packed = models.BooleanField(default=False)


@shared_task
def deliver(order_id):
    return order_id


def locked_get(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        if order.status != "new":
            return False
        order.status = "paid"
        order.save(update_fields=["status"])
    deliver.delay(pk)
    return True


def looked_at_first_and_again_under_the_lock(pk):
    order = Order.objects.get(pk=pk)
    if order.paid:
        return False
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        if order.paid:
            return False
        order.paid = True
        order.save(update_fields=["paid"])
        return True


@transaction.atomic
def next_in_line():
    order = Order.objects.select_for_update(skip_locked=True).filter(status="new").order_by("pk").first()
    if order is None:
        return None
    order.status = "taken"
    order.save(update_fields=["status"])
    return order.pk


def busy_row_left_alone(pk):
    try:
        with transaction.atomic():
            order = Order.objects.select_for_update(nowait=True).get(pk=pk)
            if order.paid:
                return False
            order.paid = True
            order.save(update_fields=["paid"])
            return True
    except DatabaseError:
        return False


def orders_to_change():
    return Order.objects.order_by("pk").select_for_update()


def locked_by_a_helper(pk):
    with transaction.atomic():
        order = orders_to_change().get(pk=pk)
        if order.paid:
            raise ValueError(pk)
        order.paid = True
        order.save(update_fields=["paid"])


def locked_for_its_effect_only(pks):
    with transaction.atomic():
        _locked = list(Order.objects.order_by("pk").select_for_update().filter(pk__in=pks).values_list("pk"))
        for order in Order.objects.filter(pk__in=pks):
            if not order.paid:
                order.paid = True
                order.save(update_fields=["paid"])
                Line.objects.create(order=order)


def locked_parent(order_id, line_id):
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order_id)
        line = Line.objects.get(pk=line_id, order_id=order_id)
        if line.packed:
            raise ValueError(line_id)
        line.packed = True
        line.save(update_fields=["packed"])


@contextmanager
def in_transaction():
    with transaction.atomic():
        yield


def transaction_made_by_the_project(pk):
    with in_transaction():
        order = Order.objects.select_for_update().get(pk=pk)
        if order.paid:
            return False
        order.paid = True
        order.save(update_fields=["paid"])
        return True
