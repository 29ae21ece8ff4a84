"""Rows of Django in tasks of Celery."""

from celery import shared_task
from django.db import models, transaction
from django.dispatch import receiver


class Customer(models.Model):
    mail = models.EmailField()


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    state = models.CharField(max_length=10)
    total = models.IntegerField()


@shared_task
def ship(order):
    if order.state == "paid":
        print("ships", order.total)


@shared_task
def tell(order, text=""):
    print(order.state, text)


@shared_task(bind=True)
def tell_bound(self, order):
    print(self.request.id, order.state)


@shared_task
def by_key(order):
    print(Order.objects.get(pk=order.pk).state)


@shared_task
def read_again(order):
    order.refresh_from_db()
    print(order.state)


@shared_task
def loaded_again(order, text):
    print(text)
    order = Order.objects.get(pk=order.pk)
    print(order.state)


@shared_task
def loaded_again_too_late(order):
    print(order.state)
    order = Order.objects.get(pk=order.pk)
    print(order.state)


@shared_task
def mark(order_id, state):
    Order.objects.filter(pk=order_id).update(state=state)


@shared_task
def mark_if_still(order_id, state, before):
    Order.objects.filter(pk=order_id, state=before).update(state=state)


@shared_task
def mail(address, state):
    print("to", address, state)


def paid(order_id):
    order = Order.objects.get(pk=order_id)
    ship.delay(order)  # expect: FEN308 "ship carries a row of Order"


def paid_by_keyword(order_id):
    order = Order.objects.select_related("customer").get(pk=order_id)
    tell.delay(order=order, text="paid")  # expect: FEN308


def paid_in_a_list(order_id):
    order = Order.objects.get(pk=order_id)
    tell.apply_async(args=(order,), countdown=600)  # expect: FEN308


def paid_in_a_dict(order_id):
    order = Order.objects.get(pk=order_id)
    tell.apply_async(kwargs={"order": order})  # expect: FEN308


def paid_bound(order_id):
    tell_bound.delay(Order.objects.get(pk=order_id))  # expect: FEN308


def place(customer):
    with transaction.atomic():
        order = Order.objects.create(customer=customer, state="new", total=0)
        transaction.on_commit(lambda: ship.delay(order))  # expect: FEN308


def all_paid():
    for order in Order.objects.filter(state="paid"):
        ship.delay(order)  # expect: FEN308


def handed_in(order: Order):
    loaded_again_too_late.delay(order)  # expect: FEN308


def with_customer(order_id):
    order = Order.objects.get(pk=order_id)
    ship.delay(order.customer)  # expect: FEN308 "Customer"


def only_the_key(order_id):
    order = Order.objects.get(pk=order_id)
    ship.delay(order.pk)
    ship.delay(order.id)
    tell.apply_async(args=(order.pk,))
    mail.delay(order.customer.mail, order.state)


def receiver_looks_itself(order_id):
    order = Order.objects.get(pk=order_id)
    by_key.delay(order)
    read_again.delay(order)
    loaded_again.delay(order, text="paid")


def keys_of_all():
    for key in Order.objects.filter(state="paid").values_list("pk", flat=True):
        ship.delay(key)


def as_it_was(order_id):
    order = Order.objects.get(pk=order_id)
    mark.apply_async((order.pk, order.state), countdown=600)  # expect: FEN308 "Order.state as it was read"
    Order.objects.filter(pk=order_id).update(state="held")


def as_it_was_if_still(order_id):
    order = Order.objects.get(pk=order_id)
    mark_if_still.apply_async((order.pk, order.state, "held"), countdown=600)
    Order.objects.filter(pk=order_id).update(state="held")


def as_it_is_to_be(order_id):
    mark.delay(order_id, "paid")


def called_directly(order_id):
    ship(Order.objects.get(pk=order_id))


@receiver(models.signals.post_delete, sender=Order)
def forget(sender, instance: Order, **kwargs):
    ship.delay(instance)  # there is no row any more that the worker could load


@receiver(models.signals.post_save, sender=Order)
def remember(sender, instance: Order, **kwargs):
    ship.delay(instance)  # expect: FEN308
