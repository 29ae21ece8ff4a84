"""What is put into synthetic applications: hazards, each with the twin that does the same and has none.

``$App`` is the application in the names of classes, ``$app`` in the names of modules. A piece of code stands at the end
of one file of an application; what it needs is imported at the top of that file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """One place of an application: the rule that speaks of ``bad``, and of ``good`` none does."""

    rule: str
    file: str
    bad: str
    good: str


HEADS = {
    "services.py": '''"""What $app does with its rows."""

from functools import partial

from django.db import transaction
from django.db.models import F

from $package.models import $AppAccount, $AppCoupon, $AppDiscount, $AppOrder, $AppSubscriber
from $package.tasks import confirm_order
from $package.totals import gross_of
''',
    "stock.py": '''"""What $app keeps in Redis."""

import redis


class Stock:
    def __init__(self, client: redis.Redis):
        self.client = client

    def left(self, sku):
        return int(self.client.get(f"$app:stock:{sku}") or 0)

    def take(self, sku):
        return self.client.decr(f"$app:stock:{sku}")

    def put_back(self, sku):
        return self.client.incr(f"$app:stock:{sku}")
''',
    "limits.py": '''"""How often $app may be asked."""

from common.clients import client_of

client = client_of("$app")
''',
    "tasks.py": '''"""What $app does later."""

import uuid

from celery import shared_task

from common.clients import client_of

client = client_of("$app")


@shared_task
def confirm_order(order_id):
    print("confirmed", order_id)
''',
}

SITES = (
    Site(
        "FEN203",
        "services.py",
        """
def spend(account_id, points):
    account = $AppAccount.objects.get(pk=account_id)
    account.points -= gross_of(points)
    account.save(update_fields=["points"])
""",
        """
def spend(account_id, points):
    $AppAccount.objects.filter(pk=account_id).update(points=F("points") - gross_of(points))
""",
    ),
    Site(
        "FEN204",
        "services.py",
        """
def redeem(code, order_id):
    coupon = $AppCoupon.objects.get(code=code)
    if coupon.state == "new":
        coupon.state = "used"
        coupon.save(update_fields=["state"])
        $AppDiscount.objects.create(order=order_id)
""",
        """
def redeem(code, order_id):
    with transaction.atomic():
        coupon = $AppCoupon.objects.select_for_update().get(code=code)
        if coupon.state == "new":
            coupon.state = "used"
            coupon.save(update_fields=["state"])
            $AppDiscount.objects.create(order=order_id)
""",
    ),
    Site(
        "FEN205",
        "services.py",
        """
def subscribe(email):
    if not $AppSubscriber.objects.filter(email=email).exists():
        $AppSubscriber.objects.create(email=email)
""",
        """
def subscribe(email):
    $AppSubscriber.objects.get_or_create(email=email)
""",
    ),
    Site(
        "FEN304",
        "services.py",
        """
def place(total):
    with transaction.atomic():
        order = $AppOrder.objects.create(total=total)
        confirm_order.delay(order.pk)
    return order
""",
        """
def place(total):
    with transaction.atomic():
        order = $AppOrder.objects.create(total=total)
        transaction.on_commit(partial(confirm_order.delay, order.pk))
    return order
""",
    ),
    Site(
        "FEN201",
        "stock.py",
        """
def reserve(stock: Stock, sku):
    if stock.left(sku) < 1:
        return False
    stock.take(sku)
    return True
""",
        """
def reserve(stock: Stock, sku):
    if stock.take(sku) < 0:
        stock.put_back(sku)
        return False
    return True
""",
    ),
    Site(
        "FEN206",
        "limits.py",
        """
def count_request(user_id):
    client.incr(f"$app:requests:{user_id}")
    client.expire(f"$app:requests:{user_id}", 60)
""",
        """
def count_request(user_id):
    pipe = client.pipeline(transaction=True)
    pipe.incr(f"$app:requests:{user_id}")
    pipe.expire(f"$app:requests:{user_id}", 60)
    pipe.execute()
""",
    ),
    Site(
        "FEN202",
        "limits.py",
        """
def add_bytes(user_id, size):
    used = int(client.get(f"$app:bytes:{user_id}") or 0)
    client.set(f"$app:bytes:{user_id}", used + size)
""",
        """
def add_bytes(user_id, size):
    client.incrby(f"$app:bytes:{user_id}", size)
""",
    ),
    Site(
        "FEN402",
        "tasks.py",
        """
@shared_task
def rebuild(report_id):
    if not client.set(f"$app:rebuild:{report_id}", "1", nx=True):
        return
    try:
        print("rebuilt", report_id)
    finally:
        client.delete(f"$app:rebuild:{report_id}")
""",
        """
@shared_task
def rebuild(report_id):
    with client.lock(f"$app:rebuild:{report_id}", timeout=60):
        print("rebuilt", report_id)
""",
    ),
    Site(
        "FEN403",
        "tasks.py",
        """
@shared_task
def export(report_id):
    token = str(uuid.uuid4())
    if not client.set(f"$app:export:{report_id}", token, nx=True, ex=60):
        return
    try:
        print("exported", report_id)
    finally:
        client.delete(f"$app:export:{report_id}")
""",
        """
@shared_task
def export(report_id):
    with client.lock(f"$app:export:{report_id}", timeout=60):
        print("exported", report_id)
""",
    ),
)
