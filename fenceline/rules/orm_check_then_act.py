"""A decision is taken on a row that nothing locks, and the row is changed as decided.

What it claims
--------------
The entry loads a row, branches on a column of it (or selects it by that column), and on one branch changes that column
and does more besides. There is an interleaving in which both runs decide on the same value and both act.

Why it matters
--------------
One coupon is redeemed twice, one alert is sent by two workers, two orders take the last place. A transaction alone does
not help: at the default isolation level a plain read takes no lock.

When it is fine
---------------
The row is locked before the read that decides; the change is a conditional UPDATE (``filter(pk=…,
state="new").update``) whose count is tested; what is written is the same whoever writes it and nothing else is done;
the constant that is written answers the test as the old value did; the old value is compared with the new one only to
spare the writing; the column is changed by a form or serializer that
does not name it, or that sets only what it is sent; it is a secret that whoever sets a new one has to
know; the task only sends itself once more; a constraint refuses the second.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN204",
    name="orm-check-then-act",
    summary="a row that nothing locks is read, decided on and changed, so two runs decide on the same value",
    doc=__doc__,
    severity=Severity.ERROR,
    supersedes=("FEN204", "FEN208"),
    query=query_in("fenceline.queries.orm_check_then_act"),
    fixers=("lock_row_before_read", "update_where_unchanged", "lock_row_and_send_on_commit"),
    references=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-for-update",),
    examples=(
        Example(
            title="one coupon is redeemed twice",
            bad="""from django.db import models


class Coupon(models.Model):
    code = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10)


class Discount(models.Model):
    order = models.IntegerField()


def redeem(code, order_id):
    coupon = Coupon.objects.get(code=code)
    if coupon.state == "new":
        coupon.state = "used"
        coupon.save(update_fields=["state"])
        Discount.objects.create(order=order_id)
""",
            good="""from django.db import models


class Coupon(models.Model):
    code = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10)


class Discount(models.Model):
    order = models.IntegerField()


def redeem(code, order_id):
    if Coupon.objects.filter(code=code, state="new").update(state="used"):
        Discount.objects.create(order=order_id)
""",
        ),
        Example(
            title="one alert is delivered by two workers, in SQLAlchemy",
            bad="""import httpx
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Alert(Base):
    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


def deliver(session: Session, alert_id):
    alert = session.scalars(select(Alert).where(Alert.id == alert_id)).one()
    if alert.state == "new":
        httpx.post("https://pager.example", json={"alert": alert_id})
        alert.state = "sent"
        session.commit()
""",
            good="""import httpx
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Alert(Base):
    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


def deliver(session: Session, alert_id):
    alert = session.scalars(select(Alert).where(Alert.id == alert_id).with_for_update()).one()
    if alert.state == "new":
        httpx.post("https://pager.example", json={"alert": alert_id})
        alert.state = "sent"
        session.commit()
""",
        ),
    ),
)
