from celery import Celery, shared_task
from django.db import models, transaction

app = Celery()


class Order(models.Model):
    total = models.IntegerField()
    state = models.CharField(max_length=10)


class Outbox(models.Model):
    topic = models.CharField(max_length=40)
    payload = models.JSONField()
    sent = models.BooleanField(default=False)


@app.task
def pack(order_id):
    return order_id


@app.task
def relay():
    with transaction.atomic():
        for row in Outbox.objects.select_for_update(skip_locked=True).filter(sent=False):
            pack.delay(row.payload["order"])
            row.sent = True
            row.save(update_fields=["sent"])


def with_an_outbox(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        Outbox.objects.create(topic="pack", payload={"order": order.pk})
        transaction.on_commit(relay.delay)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def run_again_after_a_crash(order_id):
    Order.objects.filter(pk=order_id).update(state="paid")
    pack.delay(order_id)


def place(total):
    order = Order.objects.create(total=total, state="new")
    pack.delay(order.pk)


def send_what_is_left():
    for order in Order.objects.filter(state="new"):
        pack.delay(order.pk)


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(600.0, nightly.s())


@app.task
def nightly():
    send_what_is_left()
