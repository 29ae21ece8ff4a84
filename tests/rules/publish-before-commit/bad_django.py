import redis
from celery import Celery, chain, group, shared_task
from django.db import models, transaction
from django.http import HttpResponse
from django.views import View

app = Celery("shop")
client = redis.Redis(host="cache", socket_timeout=2)


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")


@shared_task
def deliver(order_id):
    return order_id


@app.task(bind=True)
def bill(self, order_id):
    return order_id


def delay_in_atomic():
    with transaction.atomic():
        order = Order.objects.create()
        deliver.delay(order.pk)  # expect: FEN304


def delay_after_save():
    with transaction.atomic():
        order = Order(status="new")
        order.save()
        deliver.delay(order.id)  # expect: FEN304


def apply_async_after_update(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        deliver.apply_async(args=[pk])  # expect: FEN304


def apply_async_with_a_countdown(order: Order):
    with transaction.atomic():
        order.status = "paid"
        order.save(update_fields=["status"])
        bill.apply_async((order.pk,), countdown=2)  # expect: FEN304


def task_by_name(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        app.send_task("shop.deliver", args=[pk])  # expect: FEN304


def signature(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        deliver.s(pk).delay()  # expect: FEN304


def workflow(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        chain(deliver.si(pk), bill.si(pk)).delay()  # expect: FEN304


def several(pks):
    with transaction.atomic():
        Order.objects.filter(pk__in=pks).update(status="paid")
        group(deliver.s(pk) for pk in pks).apply_async()  # expect: FEN304


@transaction.atomic
def decorated():
    order = Order.objects.create()
    deliver.delay(order.pk)  # expect: FEN304
    return order


@transaction.atomic()
def decorated_with_call(pk):
    order = Order.objects.select_for_update().get(pk=pk)
    order.status = "paid"
    order.save(update_fields=["status"])
    deliver.delay(order_id=order.pk)  # expect: FEN304


def nested_transactions():
    with transaction.atomic():
        with transaction.atomic():
            order = Order.objects.create()
        deliver.delay(order.pk)  # expect: FEN304


def one_branch(pk, paid):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        if paid:
            order.status = "paid"
            order.save(update_fields=["status"])
            deliver.delay(order.pk)  # expect: FEN304
    return order


def loop(customers):
    with transaction.atomic():
        for _customer in customers:
            order = Order.objects.create()
            deliver.delay(order.pk)  # expect: FEN304


def published(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(status="paid")
        client.publish("orders", pk)  # expect: FEN304


class OrderView(View):
    @transaction.atomic
    def post(self, request):
        order = Order.objects.create()
        deliver.delay(order.pk)  # expect: FEN304
        return HttpResponse(status=201)
