"""A task or message is sent while the transaction that it speaks of is still open.

What it claims
--------------
Inside a transaction, after a write, a task is queued or a message is sent, not through a commit hook. The receiver may
run before the commit and find nothing, or run for a transaction that is rolled back. The transaction may be a caller's,
in another module too, or that of the request (Django's ``ATOMIC_REQUESTS``); one caller in a transaction is enough. An
inner ``atomic()`` is a savepoint: leaving it commits nothing.

Why it matters
--------------
A worker is often faster than the commit: ``DoesNotExist`` in the worker, a mail about an order that does not exist.
It shows up only under load, when the commit takes longer than the broker.

When it is fine
---------------
The send is a commit hook (``transaction.on_commit``, ``delay_on_commit``); the message goes to an outbox table that is
written in the same transaction; a relay publishes the rows that it has locked. A message that is put off by five
seconds and more is low: it comes long after the commit, and only a rollback makes it wrong.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN304",
    name="publish-before-commit",
    summary="a task or message is sent inside a transaction that may roll back or is not visible to the receiver yet",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.publish_before_commit"),
    fixers=("send_on_commit", "send_below_commit"),
    references=("https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit",),
    examples=(
        Example(
            title="the worker looks for an order that is not committed",
            bad="""from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()


@shared_task
def confirm(order_id):
    pass


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        confirm.delay(order.pk)
""",
            good="""from functools import partial

from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()


@shared_task
def confirm(order_id):
    pass


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        transaction.on_commit(partial(confirm.delay, order.pk))
""",
        ),
        Example(
            title="the task is sent between flush and commit, in SQLAlchemy",
            bad="""from celery import shared_task
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Report(Base):
    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


@shared_task
def render(report_id):
    pass


def request_report(session: Session, title):
    report = Report(title=title)
    session.add(report)
    session.flush()
    render.delay(report.id)
    session.commit()
""",
            good="""from celery import shared_task
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Report(Base):
    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


@shared_task
def render(report_id):
    pass


def request_report(session: Session, title):
    report = Report(title=title)
    session.add(report)
    session.commit()
    render.delay(report.id)
""",
        ),
    ),
)
