"""What the shop does by the clock. The web workers start this scheduler, and there are three replicas of them."""

import requests
from apscheduler.schedulers.background import BackgroundScheduler
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F

from shop.connections import client
from shop.models import Customer, Order

scheduler = BackgroundScheduler()


@scheduler.scheduled_job("cron", hour=2)
def remind_unpaid():  # expect: FEN101
    for order in Order.objects.filter(status="new").select_related("customer"):
        send_mail("Still unpaid", f"Order {order.pk}", settings.SHOP_ADDRESS, [order.customer.email])


@scheduler.scheduled_job("cron", hour=2)
def remind_unpaid_once():
    if not client.set("job:remind_unpaid", "1", nx=True, ex=3600):
        return
    for order in Order.objects.filter(status="new").select_related("customer"):
        send_mail("Still unpaid", f"Order {order.pk}", settings.SHOP_ADDRESS, [order.customer.email])


def give_birthday_points():  # expect: FEN101
    Customer.objects.filter(tier="gold").update(points=F("points") + 50)


def refresh_exchange_rates():
    rates = requests.get(settings.RATES_URL, timeout=5).json()
    client.hset("rates", mapping=rates)


def start():
    scheduler.add_job(give_birthday_points, "cron", hour=3)
    scheduler.add_job(refresh_exchange_rates, "interval", minutes=10)
    scheduler.start()
