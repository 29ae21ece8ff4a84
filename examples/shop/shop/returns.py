"""Goods that come back: requests of the carrier, labels, and stock that is put back."""

import requests
import stripe
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from shop.models import Customer, Order, Payment, Stock


@csrf_exempt
def refunded(request):
    """Stripe sends the event again when the answer is late."""
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], settings.STRIPE_SECRET)
    refund = event["data"]["object"]
    Customer.objects.filter(email=refund["email"]).update(points=F("points") - refund["points"])  # expect: FEN309
    return HttpResponse(status=204)


@csrf_exempt
def refunded_once(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], settings.STRIPE_SECRET)
    refund = event["data"]["object"]
    order = Order.objects.get(pk=refund["order"])
    with transaction.atomic():
        _, is_new = Payment.objects.get_or_create(event=event["id"], defaults={"order": order, "cents": 0})
        if is_new:
            Customer.objects.filter(pk=order.customer_id).update(points=F("points") - refund["points"])
    return HttpResponse(status=204)


@shared_task
def print_label(order):
    requests.put(settings.LABEL_URL, json={"total": order.total_cents}, timeout=10)


@shared_task
def print_label_of(order_id):
    order = Order.objects.get(pk=order_id)
    requests.put(settings.LABEL_URL, json={"total": order.total_cents}, timeout=10)


def announce(order_id):
    order = Order.objects.get(pk=order_id)
    print_label.delay(order)  # expect: FEN308


def announce_by_key(order_id):
    print_label_of.delay(order_id)


def move(source, target, quantity):
    """Two moves in opposite directions wait for each other."""
    with transaction.atomic():
        Stock.objects.filter(pk=source).update(on_hand=F("on_hand") - quantity)
        Stock.objects.filter(pk=target).update(on_hand=F("on_hand") + quantity)  # expect: FEN408


def move_in_order(source, target, quantity):
    with transaction.atomic():
        list(Stock.objects.select_for_update().filter(pk__in=[source, target]).order_by("pk"))
        Stock.objects.filter(pk=source).update(on_hand=F("on_hand") - quantity)
        Stock.objects.filter(pk=target).update(on_hand=F("on_hand") + quantity)


def take_back(order_id):
    """Whoever needs the order waits for the carrier."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        requests.put(settings.CARRIER_URL, json={"order": order_id}, timeout=30)  # expect: FEN409
        order.status = Order.Status.CANCELLED
        order.save(update_fields=["status"])


def take_back_shortly(order_id):
    requests.put(settings.CARRIER_URL, json={"order": order_id}, timeout=30)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        order.status = Order.Status.CANCELLED
        order.save(update_fields=["status"])


def restock(stock_id, quantity):
    """The lock comes after the read."""
    stock = Stock.objects.get(pk=stock_id)
    with transaction.atomic():
        Stock.objects.select_for_update().get(pk=stock_id)  # expect: FEN209
        stock.on_hand += quantity
        stock.save(update_fields=["on_hand"])


def restock_under_lock(stock_id, quantity):
    with transaction.atomic():
        stock = Stock.objects.select_for_update().get(pk=stock_id)
        stock.on_hand += quantity
        stock.save(update_fields=["on_hand"])


def rename(customer_id, name):
    """The mail takes its time, and the points that are credited meanwhile are written back as they were."""
    customer = Customer.objects.get(pk=customer_id)
    requests.put(settings.MAIL_URL, json={"name": name}, timeout=30)
    customer.name = name
    customer.save()  # expect: FEN208


def rename_only(customer_id, name):
    customer = Customer.objects.get(pk=customer_id)
    requests.put(settings.MAIL_URL, json={"name": name}, timeout=30)
    customer.name = name
    customer.save(update_fields=["name"])
