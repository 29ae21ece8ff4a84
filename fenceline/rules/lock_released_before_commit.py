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

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RACES = ("FEN203", "FEN204", "FEN205", "FEN213")
"""The rules about rows that are read, and changes that depend on them."""

RULE = Rule(
    code="FEN406",
    fixers=("swap_lock_and_transaction", "begin_inside_lock", "commit_inside_lock"),
    name="lock-released-before-commit",
    summary="a lock is given back before the transaction commits, so that its next holder reads the old rows",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.lock_released_before_commit"),
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
