import uuid

import redis

from . import factory, ids

client = redis.Redis()


def by_helper(given):
    key = f"n:{ids.given_or_new(given)}"
    left = client.get(key)  # expect: FEN201
    if left and int(left) > 0:
        client.decr(key)


def by_condition(given=None):
    key = given if given else uuid.uuid4().hex
    left = client.get(key)  # expect: FEN201
    if left and int(left) > 0:
        client.decr(key)


def by_default(headers):
    key = "job:" + headers.get("X-Request", str(uuid.uuid4()))
    left = client.get(key)  # expect: FEN201
    if left and int(left) > 0:
        client.decr(key)


def by_assignment(given):
    if given is None:
        given = ids.new_id()
    left = client.get(given)  # expect: FEN201
    if left and int(left) > 0:
        client.decr(given)


def got_or_created(total):
    order = factory.order_for(total)
    order.lines += 1
    order.save()  # expect: FEN203


def created(total):
    order = factory.order_of_a_new_customer(total)
    order.lines += 1
    order.save()


def never_handed_in():
    key = f"n:{ids.given_or_new('')}{ids.new_id()}"
    left = client.get(key)
    if left and int(left) > 0:
        client.decr(key)
