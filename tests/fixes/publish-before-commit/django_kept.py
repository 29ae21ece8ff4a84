"""Where a hook would not be the same: the result, who handles errors, what is raised afterwards, what is changed."""

from celery import group, shared_task
from django.db import models, transaction


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")


@shared_task
def deliver(order_id):
    return order_id


def result_is_used():
    with transaction.atomic():
        order = Order.objects.create()
        sent = deliver.delay(order.pk)  # unfixed: "what the call gives back is used"
    return sent.id


def result_is_returned():
    with transaction.atomic():
        order = Order.objects.create()
        return deliver.delay(order.pk)  # unfixed: "what the call gives back is used"


def raises_after_it(limit):
    with transaction.atomic():
        order = Order.objects.create()
        deliver.delay(order.pk)  # unfixed: "may be meant to be sent all the same"
        if order.pk > limit:
            raise ValueError(order.pk)


def raises_in_an_inner_block(limit):
    with transaction.atomic():
        try:
            with transaction.atomic():
                order = Order.objects.create()
                deliver.delay(order.pk)  # unfixed: "handled here"
                raise ValueError(order.pk)
        except ValueError:
            return None


def rolled_back_on_purpose():
    with transaction.atomic():
        order = Order.objects.create()
        deliver.delay(order.pk)  # unfixed: "on purpose"
        transaction.set_rollback(True)


def errors_of_the_broker_are_handled():
    with transaction.atomic():
        order = Order.objects.create()
        try:
            deliver.delay(order.pk)  # unfixed: "an error of the call is handled here"
        except deliver.OperationalError:
            order.status = "unsent"
            order.save()


def what_is_sent_grows():
    with transaction.atomic():
        orders = []
        for _ in range(3):
            orders.append(Order.objects.create().pk)
            deliver.delay(orders)  # unfixed: "orders is changed after it"


def what_is_sent_grows_in_a_signature(extra):
    with transaction.atomic():
        orders = [Order.objects.create().pk]
        deliver.s(orders).delay()  # unfixed: "orders is changed after it"
        orders += extra


def runs_later(pks):
    with transaction.atomic():
        Order.objects.filter(pk__in=pks).update(status="paid")
        group(deliver.s(pk) for pk in pks).apply_async()  # unfixed: "a generator would run later"
