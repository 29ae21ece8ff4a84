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

from collections.abc import Iterator

from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import Pair, asks_for, is_blind_put, pairs_of, reads_for, value_depends
from fenceline.analyzer.slices import Candidate
from fenceline.rules.proposal import (
    Proposal,
    is_about_to_be_saved,
    is_found_there,
    place_of_change,
    place_of_read,
    weakest,
)
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Columns read into memory from which the value is made that is saved to them."""
    for pair in pairs_of(flow):
        if pair.read.family != "orm" or pair.cell.is_bag or pair.cell.field is None:
            continue
        if is_about_to_be_saved(flow, pair):
            continue  # what the caller has put there, not what a row held: looked at where the caller loads it
        schema = pair.read.model.schema if pair.read.model is not None else None
        if schema is not None and schema.is_relationship(pair.cell.field):
            continue  # of a relation only what was added and taken away is written
        acts = [
            one
            for one in pair.computed
            if one.family == "orm" and value_depends(one, pair.cell, pair.bind, flow) and is_blind_put(one, pair.cell)
            if not asks_for(one, pair)
        ]
        if not acts or _is_told_below(flow, pair, acts[0]):
            continue
        model = pair.read.model.label if pair.read.model is not None else "row"
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{model}.{pair.cell.field} is computed from the value in memory and saved: "
            "what another run saves in between is lost",
            key=f"{model}.{pair.cell.field}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *acts),
            candidate=Candidate(reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell})),
            related=[(acts[0].op.span, acts[0].op.path, "saved here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
            entry_row=pair.read.entry,
            changed_at=place_of_change(flow, acts[0], pair.cell),
        )


def _is_told_below(flow: Flow, pair: Pair, act: Fact) -> bool:
    """Whether another file's function computes and saves, of a row that it says itself to be one of the model."""
    changed = place_of_change(flow, act, pair.cell)
    if not isinstance(changed, tuple) or act.row is None or pair.read.entry:
        return False
    span, path = changed
    return (
        {path, act.op.path} != {flow.lowered.path}
        and path == act.op.path
        and is_found_there(flow, act.row, span.line, pair.bind)
    )


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
    query=query,
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
