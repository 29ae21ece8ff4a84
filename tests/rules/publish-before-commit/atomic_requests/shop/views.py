from functools import partial

from django.db import transaction
from django.http import HttpResponse

from .models import Order
from .tasks import deliver


def order(request):
    """The settings open a transaction around every view."""
    order = Order.objects.create()
    deliver.delay(order.pk)  # expect: FEN304 "inside the transaction around the view of views.py:10"
    return HttpResponse(status=201)


def order_and_tell_after_commit(request):
    order = Order.objects.create()
    transaction.on_commit(partial(deliver.delay, order.pk))
    return HttpResponse(status=201)


@transaction.non_atomic_requests
def order_outside_the_transaction(request):
    order = Order.objects.create()
    deliver.delay(order.pk)
    return HttpResponse(status=201)
