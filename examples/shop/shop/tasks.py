from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F

from shop.celery_app import app
from shop.connections import client
from shop.models import Order, Shipment, Stock


@shared_task(ignore_result=True)
def send_confirmation(order_id):
    Order.objects.get(pk=order_id)


@shared_task(ignore_result=True)
def send_coupon_receipt(coupon_id, customer_id):
    return (coupon_id, customer_id)


@shared_task(ignore_result=True)
def book_carrier(shipment_id):
    Shipment.objects.get(pk=shipment_id)


@app.task
def receive_goods(product_id, quantity):
    stock = Stock.objects.get(product_id=product_id)  # expect: FEN203
    stock.on_hand = stock.on_hand + quantity
    stock.save(update_fields=["on_hand"])


@app.task
def receive_goods_in_place(product_id, quantity):
    Stock.objects.filter(product_id=product_id).update(on_hand=F("on_hand") + quantity)


@shared_task
def ship_next_paid_order():
    order = Order.objects.filter(status="paid").order_by("placed_at").first()  # expect: FEN204
    if order is None:
        return None
    order.status = "shipped"
    order.save(update_fields=["status"])
    send_confirmation.delay(order.pk)
    return order.pk


@shared_task
def ship_next_paid_order_skipping_locked():
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(skip_locked=True)
            .filter(status="paid")
            .order_by("placed_at")
            .first()
        )
        if order is None:
            return None
        order.status = "shipped"
        order.save(update_fields=["status"])
    send_confirmation.delay(order.pk)
    return order.pk


@shared_task(time_limit=300)
def mail_open_baskets():  # expect: FEN102
    """Due every minute, and stopped only after five: see CELERY_BEAT_SCHEDULE."""
    for order in Order.objects.filter(status="new").select_related("customer"):
        send_mail("Your basket", f"Order {order.pk}", settings.SHOP_ADDRESS, [order.customer.email])


@shared_task(time_limit=300)
def mail_open_baskets_one_at_a_time():
    lock = client.lock("mail-open-baskets", timeout=330)
    if not lock.acquire(blocking=False):
        return
    try:
        for order in Order.objects.filter(status="new").select_related("customer"):
            send_mail("Your basket", f"Order {order.pk}", settings.SHOP_ADDRESS, [order.customer.email])
    finally:
        lock.release()
