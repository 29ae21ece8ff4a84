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
state="new").update``) whose count is tested; what is written is the same whoever writes it and nothing else is done; a
constraint refuses the second.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow, atoms_of, leaves, terms_of, written_cells
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import Pair, pairs_of, reads_for, writers_of
from fenceline.analyzer.slices import Candidate, raises
from fenceline.analyzer.values import is_made_of, vars_of
from fenceline.rules.proposal import Proposal, place_of_change, place_of_read, weakest
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Columns read into memory that decide whether something is done, where the entry changes that column."""
    for pair in pairs_of(flow):
        if pair.read.family != "orm" or pair.cell.is_bag or pair.cell.field is None:
            continue
        writers = writers_of(flow, pair.cell)
        acts = [one for one in pair.decided if one.family == "orm"]
        changing = [one for one in writers if one in acts]
        if not writers or not (acts or pair.decided) or _is_only_asked_whether_to_write(flow, pair, writers):
            continue
        chosen = changing or writers[:1]
        effects = tuple(one.op for one in pair.decided if one not in chosen)
        model = pair.read.model.label if pair.read.model is not None else "row"
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{model}.{pair.cell.field} is read and decided on without a row lock, and then changed: "
            "two runs decide on the same value",
            key=f"{model}.{pair.cell.field}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *chosen),
            candidate=Candidate(
                reads_for(flow, pair, chosen), tuple(one.op for one in chosen), frozenset({pair.cell}), effects
            ),
            related=[(one.op.span, one.op.path, "acted on here") for one in pair.decided[:3]],
            pair=frozenset({(pair.read.op, pair.cell)}),
            entry_row=pair.read.entry,
            changed_at=place_of_change(flow, chosen[0], pair.cell),
        )


def _is_only_asked_whether_to_write(flow: Flow, pair: Pair, writers: list[Fact]) -> bool:
    """``if row.f != new: row.f = new``: the column gets the new value either way, and only the row is written."""
    row = pair.cell.key
    for one in pair.decided:
        if one.kind != "row.write" or any(cell.key != row or cell.is_bag for cell in written_cells(one.op)):
            return False
    written = [term for one in writers for term in flow.settled(terms_of(one.op, pair.cell))]
    branches = list(flow.branches_on(pair.bind))
    return bool(branches) and not any(
        _ends_run(one, is_own) or not all(_is_comparison(g, pair.bind, written) for g in atoms_of(one.guard))
        for one, is_own in branches
    )


def _ends_run(branch: ir.Branch, is_own: bool) -> bool:
    """Whether a side of the branch is a way out of the entry."""
    sides = (branch.then, branch.orelse)
    return any(raises(one) for one in sides) or (is_own and any(leaves(one) for one in sides))


def _is_comparison(guard: ir.Guard, bind: str, written: list[ir.Term]) -> bool:
    """Whether a guard compares what was read with what is written in its place."""
    if bind not in vars_of(guard):
        return True
    if isinstance(guard, ir.IsEqual):
        return guard.value in written
    if not isinstance(guard, ir.Ask) or guard.label != "==":
        return False
    others = [one for one in guard.args if bind not in vars_of(one)]
    return len(others) == 1 and any(is_made_of(term, others[0]) for term in written)


RULE = Rule(
    code="FEN204",
    name="orm-check-then-act",
    summary="a row that nothing locks is read, decided on and changed, so two runs decide on the same value",
    doc=__doc__,
    severity=Severity.ERROR,
    supersedes=("FEN204",),
    query=query,
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
