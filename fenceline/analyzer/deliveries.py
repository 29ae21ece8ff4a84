"""How the messages that a function works on come to it: once or more, and when they count as done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.durations import seconds_of
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.nodes import Span

_DELIVERED = frozenset({"task", "consumer"})


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One way in which messages come.

    ``name``: what brings them. ``delivery`` and ``ack`` in the words of the model files; ``is_chosen``: whether the
    code chose when they count as done. ``taken``: the fact of the call that takes a message, None where the function
    is handed one. ``visibility``: after how many seconds a message that is still worked on is given to another.
    """

    name: str
    delivery: str
    ack: str
    is_chosen: bool
    taken: Fact | None
    visibility: float | None
    place: tuple[Span, str] | None = None


def deliveries_of(flow: Flow) -> Iterator[Delivery]:
    """The ways in which messages come to a function: those that it takes, then those that it is handed."""
    for fact in flow.lowered.facts:
        if fact.kind == "receive" and fact.op in flow.places:
            yield Delivery(
                fact.target,
                _word(fact, "delivery"),
                _word(fact, "ack"),
                fact.options.get("chosen") == ir.Const(True),
                fact,
                seconds_of(fact.options.get("visibility")),
            )
    for way in flow.entry.ways():
        if way.what in _DELIVERED:
            yield Delivery(
                way.name,
                "at-most-once" if way.facts.get("dedupes") else way.word("delivery"),
                way.word("ack"),
                bool(way.facts.get("ack_chosen")),
                None,
                way.number("visibility"),
                way.place,
            )


def _word(fact: Fact, name: str) -> str:
    term = fact.options.get(name)
    return str(term.value) if isinstance(term, ir.Const) else ""


def works_on(flow: Flow, delivery: Delivery, op: ir.Op) -> bool:
    """Whether an op comes after the message has been taken, and before the next one is."""
    if op not in flow.places:
        return False
    if delivery.taken is None:
        return True
    start = flow.places[delivery.taken.op].number
    following = [
        flow.places[one.op].number
        for one in flow.lowered.facts
        if one.kind == "receive" and one.op in flow.places and flow.places[one.op].number > start
    ]
    return start < flow.places[op].number < min(following, default=len(flow.places))


def concerns_another(flow: Flow, op: ir.Op) -> bool:
    """Whether the work is on what a global of the project gives (a queue in memory), and on no message taken here."""
    taken = {one.op.bind for one in flow.lowered.facts if one.kind == "receive" and isinstance(one.op, ir.Receive)}
    parts = list(_parts_of(flow, op))
    around = [branch.guard for branch in flow.places[op].blocks if isinstance(branch, ir.Branch)]
    parts += [part for guard in around for part in _parts_of(flow, guard)]
    if not taken or any(isinstance(one, ir.Arg) and one.name in taken for one in parts):
        return False
    return any(
        isinstance(one, ir.Apply) and one.label.startswith(".") and one.args and isinstance(one.args[0], ir.Shared)
        for one in parts
    )


def _parts_of(flow: Flow, item: object) -> Iterator[object]:
    """All that an op or a guard is made of, and what the names in it stand for."""
    todo, seen = [item], set[str]()
    while todo:
        one = todo.pop()
        yield one
        if isinstance(one, ir.Var):
            if one.name not in seen:
                seen.add(one.name)
                todo.extend(term for term, _ in flow.lets.get(one.name, ()))
                todo.extend(flow.binders.get(one.name, ())[1:])
        elif isinstance(one, tuple):
            todo.extend(one)
        elif is_dataclass(one) and not isinstance(one, Span):
            todo.extend(getattr(one, part.name) for part in fields(one))
