"""Tasks that are put off for longer than the broker leaves them with the worker that waits for the time."""

from datetime import datetime, timedelta

from celery import shared_task


@shared_task
def remind(order_id):
    return order_id


def in_two_hours(order_id):
    remind.apply_async(args=[order_id], countdown=2 * 60 * 60)  # expect: FEN306 "put off by 7200 s"


def soon(order_id):
    remind.apply_async((order_id,), countdown=60)


def at_once(order_id):
    remind.delay(order_id)


def some_day(order_id, seconds):
    remind.apply_async((order_id,), countdown=seconds)


def tomorrow(order_id):
    remind.apply_async((order_id,), eta=datetime.now() + timedelta(days=1))  # expect: FEN306
