"""A conditional update over several states whose count nobody looks at: the loser goes on as the winner does."""

from django.core.mail import send_mail
from django.db import models


class Order(models.Model):
    state = models.CharField(max_length=9)


def ship_unchecked(order_id):
    order = Order.objects.get(pk=order_id)  # expect: FEN204
    if order.state not in ("paid", "packed"):
        raise ValueError
    Order.objects.filter(pk=order.pk, state__in=["paid", "packed"]).update(state="shipped")
    send_mail("Shipped", "…", "shop@example.org", ["boss@example.org"])
