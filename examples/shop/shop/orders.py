from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from shop.models import Invoice, Order, OrderLine, Refund, Shipment, Stock
from shop.tasks import book_carrier, send_confirmation


class NotCancellable(Exception):
    pass


@transaction.atomic
def place(customer, checkout_key, lines):
    order = Order.objects.create(customer=customer, checkout_key=checkout_key)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=product, quantity=quantity) for product, quantity in lines
    )
    send_confirmation.delay(order.pk)  # expect: FEN304
    return order


@transaction.atomic
def place_and_tell_after_commit(customer, checkout_key, lines):
    order = Order.objects.create(customer=customer, checkout_key=checkout_key)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=product, quantity=quantity) for product, quantity in lines
    )
    transaction.on_commit(partial(send_confirmation.delay, order.pk))
    return order


def cancel(order_id):
    order = Order.objects.get(pk=order_id)  # expect: FEN204
    if order.status != Order.Status.PAID:
        raise NotCancellable(order_id)
    order.status = Order.Status.CANCELLED
    order.save(update_fields=["status"])
    Refund.objects.create(order=order, cents=order.total_cents)


def cancel_under_row_lock(order_id):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status != Order.Status.PAID:
            raise NotCancellable(order_id)
        order.status = Order.Status.CANCELLED
        order.save(update_fields=["status"])
        Refund.objects.create(order=order, cents=order.total_cents)


def invoice(order):
    last = Invoice.objects.aggregate(last=Max("number"))["last"] or 0  # expect: FEN205
    return Invoice.objects.create(order=order, number=last + 1)


def bill_once(order):
    if order.invoices.exists():  # expect: FEN205
        return None
    return Invoice.objects.create(order=order, number=order.pk)


def bill_once_under_row_lock(order_id):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if Invoice.objects.filter(order=order).exists():
            return None
        return Invoice.objects.create(order=order, number=order.pk)


def ship(order, carrier):
    try:
        with transaction.atomic():
            shipment = Shipment.objects.create(order=order, carrier=carrier)
    except IntegrityError:
        return Shipment.objects.get(order=order)
    book_carrier.delay(shipment.pk)
    return shipment


def allocate(product, quantity):
    changed = Stock.objects.filter(
        product=product, on_hand__gte=F("allocated") + quantity
    ).update(allocated=F("allocated") + quantity)
    return changed == 1
