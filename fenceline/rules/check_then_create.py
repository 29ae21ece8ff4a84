"""A row is looked for, and created when it is not there.

What it claims
--------------
The entry asks whether there is a row (or how many, or which is the highest), and what it creates depends on the answer.
No constraint keeps two runs from both finding nothing and both creating; or one does, and nobody handles its error.

Why it matters
--------------
Duplicates that every later ``get`` stumbles over, two invoices with one number, a limit that is exceeded. With a
constraint, the loser fails with a server error.

When it is fine
---------------
A unique constraint covers what is looked for and its error is handled; ``INSERT … ON CONFLICT``,
``bulk_create(ignore_conflicts=True)``; ``get_or_create`` on columns that are unique together; a lock that both runs
take before they look.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN205",
    name="check-then-create",
    summary="a row is looked for and then created by separate statements, so two runs both create it",
    doc=__doc__,
    severity=Severity.ERROR,
    supersedes=("FEN204",),
    query=query_in("fenceline.queries.check_then_create"),
    fixers=("get_or_create_row",),
    references=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#get-or-create",),
    examples=(
        Example(
            title="two subscriptions for one address",
            bad="""from django.db import models


class Subscription(models.Model):
    email = models.EmailField()


def subscribe(email):
    if not Subscription.objects.filter(email=email).exists():
        Subscription.objects.create(email=email)
""",
            good="""from django.db import models


class Subscription(models.Model):
    email = models.EmailField(unique=True)


def subscribe(email):
    Subscription.objects.get_or_create(email=email)
""",
        ),
        Example(
            title="two votes of one voter, in SQLAlchemy",
            bad="""from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Vote(Base):
    __tablename__ = "votes"
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int]
    voter: Mapped[str]


def vote(session: Session, poll, voter):
    known = session.scalars(select(Vote).where(Vote.poll == poll, Vote.voter == voter)).first()
    if known is None:
        session.add(Vote(poll=poll, voter=voter))
        session.commit()
""",
            good="""from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Vote(Base):
    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("poll", "voter"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int]
    voter: Mapped[str]


def vote(session: Session, poll, voter):
    session.execute(insert(Vote).values(poll=poll, voter=voter).on_conflict_do_nothing())
    session.commit()
""",
        ),
    ),
)
