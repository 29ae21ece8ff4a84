"""A row lock is taken, and does not help: too late, for too short a time, or where the database refuses it.

What it claims
--------------
The entry decides on a row, or computes from it, and locks the row as well. But it looks at what it had read before it
had the lock, or the lock is taken outside a transaction, or in one that ends before the row is changed. There is an
interleaving in which another run changes the row in between; or the query that locks is refused each time.

Why it matters
--------------
The lock shows that somebody has seen the race, and it seems closed. Two runs wait for each other politely, one after
the other, and each then writes what it made of the row as it was before. Tests do not show it: they have one run, and
most test cases of Django open the transaction that the code forgets.

When it is fine
---------------
The row is read by the query that locks it, and only that instance is used from then on (or it is read again with
``refresh_from_db`` under the lock); the read, the decision and the change are in one transaction.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RACES = ("FEN203", "FEN204", "FEN208")
"""The rules about rows that are read and changed; what they propose is false where the lock helps."""

RULE = Rule(
    code="FEN209",
    name="row-lock-too-late",
    summary="a row lock is taken after the read that decided, outside a transaction, or in one that ends too early",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.row_lock_too_late"),
    fixers=("lock_row_before_read",),
    over=RACES,
    supersedes=RACES,
    references=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-for-update",),
    examples=(
        Example(
            title="the lock is there, and the old instance is used",
            bad="""from django.db import models, transaction


class Wallet(models.Model):
    cents = models.IntegerField()


def deposit(wallet_id, cents):
    wallet = Wallet.objects.get(pk=wallet_id)
    with transaction.atomic():
        Wallet.objects.select_for_update().get(pk=wallet_id)
        wallet.cents += cents
        wallet.save(update_fields=["cents"])
""",
            good="""from django.db import models, transaction


class Wallet(models.Model):
    cents = models.IntegerField()


def deposit(wallet_id, cents):
    with transaction.atomic():
        wallet = Wallet.objects.select_for_update().get(pk=wallet_id)
        wallet.cents += cents
        wallet.save(update_fields=["cents"])
""",
        ),
        Example(
            title="the lock ends before the change, in SQLAlchemy",
            bad="""from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Seat(Base):
    __tablename__ = "seats"
    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str | None]
    moves: Mapped[int]


def take(session: Session, seat_id, holder):
    seat = session.get(Seat, seat_id, with_for_update=True)
    moves = seat.moves
    session.commit()
    seat.holder = holder
    seat.moves = moves + 1
    session.commit()
""",
            good="""from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Seat(Base):
    __tablename__ = "seats"
    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str | None]
    moves: Mapped[int]


def take(session: Session, seat_id, holder):
    seat = session.get(Seat, seat_id, with_for_update=True)
    seat.holder = holder
    seat.moves = seat.moves + 1
    session.commit()
""",
        ),
    ),
)
