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

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_rows import NEEDS_TRANSACTION
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.suspicion import unread_context
from fenceline.rules.proposal import Proposal, told_step
from fenceline.rules.rule import Example, Rule

RACES = ("FEN203", "FEN204", "FEN208")
"""The rules about rows that are read and changed; what they propose is false where the lock helps."""


def query(flow: Flow, races: Sequence[Proposal]) -> Iterator[Proposal]:
    """Races on a row that the entry locks, and row locks that the database refuses."""
    for race in races:
        yield from _in_spite_of_lock(flow, race)
    yield from _refused(flow)


def _in_spite_of_lock(flow: Flow, race: Proposal) -> Iterator[Proposal]:
    candidate = race.candidate
    if candidate is None or not candidate.acts:
        return
    rows = {cell.key for cell in candidate.cells}
    read, act = candidate.reads[0], candidate.acts[-1]
    for lock in flow.places:
        if not isinstance(lock, ir.Atomic) or not rows & set(lock.row_locks) or not flow.is_before(lock, act):
            continue
        why = _why_not(flow, lock, read, act)
        if why:
            yield replace(
                race,
                message=f"{why}: {race.message}",
                span=lock.span,
                path=lock.path,
                related=[(act.span, act.path, "changed here"), (race.span, race.path, "read here"), *race.related[1:]],
            )
            return


def _why_not(flow: Flow, lock: ir.Op, read: ir.Op, act: ir.Op) -> str:
    """Why the lock does not keep others from changing the row between the read and the change."""
    if flow.is_before(read, lock):
        return "the row is locked only after it was read"
    if flow.outer is not None:
        return ""
    held = flow.transaction(lock)
    if held is None:
        return "the row is locked outside a transaction, so that the lock ends at once"
    return "" if held is flow.transaction(act) else "the row lock ends with its transaction, before the row is changed"


def _refused(flow: Flow) -> Iterator[Proposal]:
    """Locking queries of a library that refuses them outside a transaction."""
    for fact in flow.lowered.facts:
        if not _is_refused_alone(fact) or fact.op not in flow.places or flow.transaction(fact.op) is not None:
            continue
        if not flow.entry.what or flow.outer is not None or unread_context(flow, fact.op):
            continue
        model = fact.model.label if fact.model is not None else "the table"
        yield Proposal(
            message=f"the rows of {model} are locked outside a transaction: the query is refused",
            key=f"{model}|no transaction",
            span=fact.op.span,
            path=fact.op.path,
            evidence=fact.evidence,
            pair=frozenset({(fact.op, "transaction")}),
            trace=(told_step("A", fact.op, "lock", "no transaction is open that could hold the lock"),),
            acts=(fact.op,),
            premise="the query is sent as it stands",
            consequence="it is refused, unless a test or a caller has opened a transaction around it",
        )


def _is_refused_alone(fact: Fact) -> bool:
    is_locking = isinstance(fact.op, ir.Atomic) and bool(fact.op.row_locks)
    return is_locking and fact.kind == "row.read" and fact.hint == NEEDS_TRANSACTION


RULE = Rule(
    code="FEN209",
    name="row-lock-too-late",
    summary="a row lock is taken after the read that decided, outside a transaction, or in one that ends too early",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
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
