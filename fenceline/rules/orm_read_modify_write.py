"""A column is computed from the value that a row had when it was loaded, and saved.

What it claims
--------------
The entry loads a row (or is handed one), computes a new value for a column from the value in memory, and saves it.
There is an interleaving in which a change that another run committed after the load is overwritten.

Why it matters
--------------
The row in memory is a snapshot. Two decrements of one stock, two additions to one balance: one of them is gone, and
nothing fails. A transaction alone does not help, the default isolation level lets both read the same value.

When it is fine
---------------
The database computes (``F("stock") - 1``, an SQL expression); the row is locked before the value is read
(``select_for_update``, ``with_for_update``); a version column is compared in the UPDATE; a distributed lock is held.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN203",
    name="orm-read-modify-write",
    summary="a column is computed from the value in memory and saved, so a change saved in between is lost",
    doc=__doc__,
    severity=Severity.ERROR,
    supersedes=("FEN204", "FEN208"),
    fixers=(
        "compute_in_database",
        "lock_row_before_read",
        "update_where_unchanged",
        "lock_row_and_send_on_commit",
        "compute_and_reload",
    ),
    query=query_in("fenceline.queries.orm_read_modify_write"),
    references=("https://docs.djangoproject.com/en/stable/ref/models/expressions/#avoiding-race-conditions-using-f",),
    examples=(
        Example(
            title="two purchases take one point",
            bad="""from django.db import models


class Account(models.Model):
    points = models.IntegerField()


def spend(account_id, points):
    account = Account.objects.get(pk=account_id)
    account.points -= points
    account.save()
""",
            good="""from django.db import models
from django.db.models import F


class Account(models.Model):
    points = models.IntegerField()


def spend(account_id, points):
    Account.objects.filter(pk=account_id).update(points=F("points") - points)
""",
        ),
        Example(
            title="two deposits into one wallet, in SQLAlchemy",
            bad="""from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def deposit(session: Session, wallet_id, cents):
    wallet = session.get(Wallet, wallet_id)
    wallet.cents += cents
    session.commit()
""",
            good="""from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def deposit(session: Session, wallet_id, cents):
    wallet = session.get(Wallet, wallet_id, with_for_update=True)
    wallet.cents += cents
    session.commit()
""",
        ),
    ),
)
