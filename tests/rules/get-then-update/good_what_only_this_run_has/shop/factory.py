from .models import Order


def new_order(total):
    return Order.objects.create(total=total, state="new")


def new_order_saved(total):
    order = Order(total=total, state="new")
    order.save()
    return order
