"""A lock is given back while the transaction that it guards is still open.

What it claims
--------------
Inside a transaction the entry takes a lock, reads a row, changes it as decided or computed, and gives the lock back. It
commits only after that. There is an interleaving in which the next holder of the lock reads the row as it
was before.

Why it matters
--------------
What is not committed is seen by nobody. Between the release and the commit the lock is free and the row is old: the
next run decides on it, and the change of one of the two is lost. The lock makes the gap short, not safe; a slow commit,
or much work after the release, makes it wide.

When it is fine
---------------
The lock is taken outside of the transaction, and given back after the commit or in a commit hook; it belongs to the
transaction (``pg_advisory_xact_lock``, a row lock), or the row is locked too; the change is made in the database itself
or on a condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, commits_late, holds_of, inside, lines_of
from fenceline.analyzer.lower_state import Opened
from fenceline.rules.proposal import Proposal
from fenceline.rules.rule import Example, Rule

RACES = ("FEN203", "FEN204", "FEN205", "FEN213")
"""The rules about rows that are read, and changes that depend on them."""


def query(flow: Flow, races: Sequence[Proposal]) -> Iterator[Proposal]:
    """Races whose reads are under a lock that is given back before what they change is committed."""
    if not races:
        return
    holds = [(hold, set(inside(flow, hold))) for hold in holds_of(flow) if hold.scope == "distributed"]
    for race in races:
        if race.candidate is None:
            continue
        for hold, section in holds:
            acts = [op for op in race.candidate.acts if op in section or _is_changed_inside(flow, hold, race)]
            if not acts or not set(race.candidate.reads) <= section:
                continue
            if commits_late(flow, hold, acts):
                yield _proposal(hold, race, None)
                break
            if hold.given_back and not _begins(flow) and flow.outer is not None:
                yield _proposal(hold, race, flow.outer)
                break


def _begins(flow: Flow) -> bool:
    """Whether the function has units of work of its own, which it commits by hand."""
    return any(isinstance(one, ir.Begin | ir.Commit) for one in flow.places)


def _is_changed_inside(flow: Flow, hold: Hold, race: Proposal) -> bool:
    """Whether a row is changed in memory under the lock, to be written by a flush that comes later."""
    if not isinstance(race.changed_at, tuple):
        return False
    span, path = race.changed_at
    return path == hold.taken.op.path and span.line in lines_of(flow, hold)


def _proposal(hold: Hold, race: Proposal, outer: Opened | None) -> Proposal:
    release = hold.given_back[-1].op
    inside = "" if outer is None else f" (reached inside {outer.text} of {Path(outer.path).name}:{outer.span.line})"
    return replace(
        race,
        candidate=replace(race.candidate, within=outer) if race.candidate is not None else None,
        message=f"{hold.named} is given back before the transaction commits{inside}: {race.message}",
        span=hold.taken.op.span,
        path=hold.taken.op.path,
        related=[
            *race.related[:1],
            (race.span, race.path, "read here, under the lock"),
            (release.span, release.path, "given back here, not committed yet"),
            *([] if outer is None else [(outer.span, outer.path, "the transaction that is open begins here")]),
            *race.related[1:],
        ],
    )


RULE = Rule(
    code="FEN406",
    fixers=("swap_lock_and_transaction", "begin_inside_lock", "commit_inside_lock"),
    name="lock-released-before-commit",
    summary="a lock is given back before the transaction commits, so that its next holder reads the old rows",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
    over=RACES,
    supersedes=RACES,
    references=("https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS",),
    examples=(
        Example(
            title="a lock inside of atomic()",
            bad="""import redis
from django.db import models, transaction

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()


def withdraw(pk, amount):
    with transaction.atomic():
        with client.lock(f"wallet:{pk}", timeout=10):
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
""",
            good="""import redis
from django.db import models, transaction

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()


def withdraw(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        with transaction.atomic():
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()
""",
        ),
        Example(
            title="the transaction is the decorator's",
            bad="""from django.core.cache import cache
from django.db import models, transaction


class Wallet(models.Model):
    balance = models.IntegerField()


@transaction.atomic
def withdraw(pk, amount):
    lock = cache.lock(f"wallet:{pk}", timeout=10)
    lock.acquire()
    try:
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()
    finally:
        lock.release()
""",
            good="""from django.db import models, transaction


class Wallet(models.Model):
    balance = models.IntegerField()


@transaction.atomic
def withdraw(pk, amount):
    wallet = Wallet.objects.select_for_update().get(pk=pk)
    wallet.balance -= amount
    wallet.save()
""",
        ),
        Example(
            title="commit after the block of the lock, in SQLAlchemy",
            bad="""import redis
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

client = redis.Redis()


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def withdraw(session: Session, wallet_id, amount):
    with client.lock(f"wallet:{wallet_id}", timeout=10):
        wallet = session.get(Wallet, wallet_id)
        wallet.balance -= amount
    session.commit()
""",
            good="""import redis
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

client = redis.Redis()


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def withdraw(session: Session, wallet_id, amount):
    with client.lock(f"wallet:{wallet_id}", timeout=10):
        wallet = session.get(Wallet, wallet_id)
        wallet.balance -= amount
        session.commit()
""",
        ),
    ),
)
