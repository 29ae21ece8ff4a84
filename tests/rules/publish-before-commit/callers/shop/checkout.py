from django.db import transaction

from . import helpers
from .helpers import open_order
from .models import Audit


def without():
    return open_order()


def inside(basket):
    basket.check()
    with transaction.atomic():
        open_order()


@transaction.atomic
def decorated():
    step()


def step():
    helpers.open_order_in_a_savepoint()


def around():
    with transaction.atomic():
        between()
    helpers.open_order_alone()


def between():
    helpers.open_order_for_two_callers()


def outside():
    helpers.open_order_for_two_callers()


@transaction.atomic
def careful():
    helpers.open_order_unless_in_a_transaction()
    transaction.on_commit(helpers.open_order_after_commit)


def durable():
    helpers.open_order_durably()


def audited():
    with transaction.atomic(using="audit"):
        Audit.objects.create(text="opens")
        helpers.open_order_beside_the_audit()


def unit():
    with helpers.unit_of_work():
        helpers.open_order_in_a_unit()


@transaction.atomic
def quietly():
    helpers.open_order_and_tell(tell=False)


@transaction.atomic
def aloud():
    helpers.open_order_and_tell_all()
