import os
import secrets
import tempfile
import uuid

import redis
from django.db import transaction

from . import factory, ids
from .models import Line, Order

client = redis.Redis()


class Basket:
    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1


def key_here():
    key = f"job:{uuid.uuid4()}"
    if client.get(key) is None:
        client.set(key, 1)
        client.incr(key)


def key_of_helper():
    key = "job:" + ids.new_id()
    left = client.get(key)
    if left and int(left) > 0:
        client.decr(key)


def key_of_token():
    token = ids.new_token()
    n = client.get(f"n:{token}")
    client.set(f"n:{token}", int(n or 0) + 1)


def key_of_prefix():
    key = ids.new_key("n")
    n = client.get(key)
    client.set(key, int(n or 0) + 1)


def key_hashed():
    key = "n:%s" % secrets.token_hex(8)
    if not client.exists(key):
        client.set(key, 1)


def key_format():
    key = "n:{}".format(uuid.uuid4().hex)
    if not client.exists(key):
        client.set(key, 1)


def created_here(total):
    order = Order.objects.create(total=total, state="new")
    if order.state == "new":
        order.state = "open"
        order.total += 1
        order.save()


def created_by_helper(total):
    order = factory.new_order(total)
    if order.state == "new":
        order.total += 1
        order.save()


def created_by_helper_saved(total):
    order = factory.new_order_saved(total)
    if order.state == "new":
        order.lines += 1
        order.save()


@transaction.atomic
def created_and_read_again(total):
    order = factory.new_order(total)
    again = Order.objects.get(pk=order.pk)
    if again.state == "new":
        again.lines += 1
        again.save()


@transaction.atomic
def children_of_created(total):
    order = factory.new_order(total)
    if not Line.objects.filter(order=order, sku="a").exists():
        Line.objects.create(order=order, sku="a")


def files():
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "x")
    if not os.path.exists(path):
        with open(path, "w") as out:
            out.write("1")


def files_of_helper():
    path = os.path.join(ids.scratch(), "x")
    if os.path.exists(path):
        os.remove(path)


def files_with():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x")
        if not os.path.exists(path):
            os.makedirs(path)


def files_of_helper_file():
    path = ids.scratch_file()
    if os.path.exists(path):
        os.remove(path)


def own_name(folder):
    path = f"{folder}/{ids.new_id()}.csv"
    if not os.path.exists(path):
        with open(path, "w") as out:
            out.write("1")


def per_request(skus):
    basket = Basket()
    for _ in skus:
        if basket.count < 10:
            basket.add()
    return basket.count


def updated_created(total):
    order = factory.new_order(total)
    Order.objects.filter(pk=order.pk).update(lines=order.lines + 1)
