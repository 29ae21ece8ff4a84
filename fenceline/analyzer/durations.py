"""How long things take: numbers of seconds that the source states, and the longest that a stretch of a run takes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.values import Data, Items, Value

if TYPE_CHECKING:
    from fenceline.analyzer.flow import Flow

UNITS: Mapping[str, float] = {"s": 1, "ms": 0.001, "minutes": 60, "hours": 3600, "days": 86400}
"""The units that model files speak in, in seconds."""

_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
}
_SAME = frozenset({"every", "int", "float", "round", "ceil", ".total_seconds"})
"""Functions that give back the duration that they are given, in seconds: of a schedule, rounded, as a number."""


def seconds_of(term: ir.Term | None) -> float | None:
    """The number that a term is, in seconds where it is a duration or a schedule; None when the source leaves it open.

    Arithmetic of constants counts (``60 * 5``), powers do not: they are how waits grow from one attempt to the next.
    """
    match term:
        case ir.Const(value=bool()):
            return None
        case ir.Const(value=int() | float() as number):
            return _number(lambda: float(number))
        case ir.Apply(label="-", args=(one,)):
            inner = seconds_of(one)
            return None if inner is None else -inner
        case ir.Apply(label=label, args=(one, other)) if label in _ARITHMETIC:
            left, right = seconds_of(one), seconds_of(other)
            if left is None or right is None:
                return None
            return _number(lambda: _ARITHMETIC[label](left, right))
        case ir.Apply(label=label, args=(one, *_)) if label in _SAME:
            return seconds_of(one)
        case ir.Apply(label=".seconds", args=(one,)):  # without its days
            whole = seconds_of(one)
            return None if whole is None else whole % UNITS["days"]
        case _:
            return None


def _number(compute: Callable[[], float]) -> float | None:
    try:
        return compute()
    except (OverflowError, ZeroDivisionError):
        return None


def rounds_over(value: Value) -> int | None:
    """How many rounds a loop over a value has, where the source says it: a display, ``range`` of constants."""
    if isinstance(value, Items):
        return len(value.items) if value.count is None else None
    return _rounds(value.term) if isinstance(value, Data) else None


def _rounds(term: ir.Term) -> int | None:
    match term:
        case ir.Apply(label="range", args=args) if 1 <= len(args) <= 3:
            bounds = [one.value for one in args if isinstance(one, ir.Const) and isinstance(one.value, int)]
            if len(bounds) != len(args) or (len(bounds) == 3 and bounds[2] == 0):
                return None
            return len(range(*bounds))
        case ir.Apply(label="enumerate" | "reversed", args=(one, *_)):
            return len(one.args) if isinstance(one, ir.Apply) and one.label in {"tuple", "list"} else _rounds(one)
        case _:
            return None


def duration_text(seconds: float) -> str:
    """``30 s``, ``0.5 s``."""
    return f"{round(seconds, 3):g} s" if seconds < 1e6 else f"{seconds:.0f} s"


# ------------------------------------------------------------------- the worst case


Part = tuple[ir.Op, float, str]
Reason = tuple[ir.Op, str]


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The longest that a stretch of a run takes, as far as the source tells.

    ``seconds``: the largest sum of what is known, over all paths, and ``parts`` the op, the seconds and the words of
    each summand. ``unbounded``: what nothing bounds, on any path, and why. ``unseen``: what takes a time that is not
    known: calls that cannot be read, and limits that the source does not state.
    Statements and commands of stores count as nothing.
    """

    seconds: float = 0.0
    parts: tuple[Part, ...] = ()
    unbounded: tuple[Reason, ...] = ()
    unseen: tuple[Reason, ...] = ()

    def then(self, other: WorstCase) -> WorstCase:
        """One after the other."""
        return WorstCase(
            self.seconds + other.seconds,
            self.parts + other.parts,
            _joined(self.unbounded, other.unbounded),
            _joined(self.unseen, other.unseen),
        )

    def either(self, other: WorstCase) -> WorstCase:
        """The longer of the two; what is not bounded is not bounded on whichever side it is."""
        longer = other if other.seconds > self.seconds else self
        return replace(
            longer,
            unbounded=_joined(self.unbounded, other.unbounded),
            unseen=_joined(self.unseen, other.unseen),
        )

    def times(self, count: int) -> WorstCase:
        """So many times in a row."""
        if count <= 1:
            return self if count == 1 else NOTHING
        parts = tuple((op, seconds * count, f"{count} × {text}") for op, seconds, text in self.parts)
        return replace(self, seconds=self.seconds * count, parts=parts)

    def again(self) -> WorstCase:
        """Nobody knows how many times in a row."""
        repeated = tuple((op, f"{text} in a loop") for op, _, text in self.parts)
        return WorstCase(unbounded=_joined(self.unbounded, repeated), unseen=self.unseen)


NOTHING = WorstCase()


def _joined(one: tuple[Reason, ...], other: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def worst_case(flow: Flow, inside: Callable[[ir.Op], bool]) -> WorstCase:
    """The longest that the ops of a section take in one run of an entry.

    ``inside`` says of every op whether it belongs to the section. A loop with an op outside the section in it holds the
    section, and is gone through once; one that lies in the section goes round as often as its source says.
    """
    return _worst(_walk(flow.lowered.tree, inside).values())


def told(worst: WorstCase) -> str:
    """``30 s (sleep, line 12) + 10 s (HTTP POST timeout, line 14) = 40 s``; what is not bounded comes last."""
    parts = [f"{duration_text(seconds)} ({text}, line {op.span.line})" for op, seconds, text in worst.parts]
    open_ = [f"{why} (line {op.span.line})" for op, why in worst.unbounded]
    total = f" = {duration_text(worst.seconds)}" if len(parts) > 1 and not open_ else ""
    return " + ".join(parts + open_) + total


# --------------------------------------------------------------------------- paths


Ways = dict[str, WorstCase]
"""How a sequence ends (``on``, ``return``, ``raise``, ``break``, ``continue``) → the longest way to that end."""

_JUMPS: tuple[tuple[type, str], ...] = (
    (ir.Return, "return"),
    (ir.Raise, "raise"),
    (ir.Break, "break"),
    (ir.Continue, "continue"),
)


def _worst(ways: Iterable[WorstCase]) -> WorstCase:
    found = NOTHING
    for one in ways:
        found = found.either(one)
    return found


def _add(ways: Ways, end: str, cost: WorstCase) -> None:
    known = ways.get(end)
    ways[end] = cost if known is None else known.either(cost)


def _walk(seq: ir.Seq, inside: Callable[[ir.Op], bool]) -> Ways:
    so_far = NOTHING
    ways: Ways = {}
    for item in seq.items:
        ends = _visit(item, inside)
        for end, cost in ends.items():
            if end != "on":
                _add(ways, end, so_far.then(cost))
        if "on" not in ends:
            return ways
        so_far = so_far.then(ends["on"])
    _add(ways, "on", so_far)
    return ways


def _visit(item: ir.Tree, inside: Callable[[ir.Op], bool]) -> Ways:
    match item:
        case ir.Op():
            return {"on": cost_of(item) if inside(item) else NOTHING}
        case ir.Seq():
            return _walk(item, inside)
        case ir.Branch(then=then, orelse=orelse):
            ways = _walk(then, inside)
            for end, cost in _walk(orelse, inside).items():
                _add(ways, end, cost)
            return ways
        case ir.Loop():
            return _loop(item, inside)
        case ir.Tx(body=body):
            return _walk(body, inside)
        case ir.Frame(body=body):
            ways = _walk(body, inside)
            if "return" in ways:
                _add(ways, "on", ways.pop("return"))
            return ways
        case ir.Try():
            return _try(item, inside)
        case _:
            return {next((end for kind, end in _JUMPS if isinstance(item, kind)), "on"): NOTHING}


def _loop(loop: ir.Loop, inside: Callable[[ir.Op], bool]) -> Ways:
    if loop.rounds == 0:
        return {"on": NOTHING}
    ends = _walk(loop.body, inside)
    leaving = ends.pop("break", None)
    around = [ends.pop(end) for end in ("on", "continue") if end in ends]
    one = _worst(around)
    if not all(map(inside, ops_in(loop.body))):
        before, whole = NOTHING, one
    elif loop.rounds is not None:
        before, whole = one.times(loop.rounds - 1), one.times(loop.rounds)
    else:
        before = whole = one.again()
    if not around:
        before = whole = NOTHING
    ways = {end: before.then(cost) for end, cost in ends.items()}
    _add(ways, "on", whole)
    if leaving is not None:
        _add(ways, "on", before.then(leaving))
    return ways


def _try(item: ir.Try, inside: Callable[[ir.Op], bool]) -> Ways:
    body = _walk(item.body, inside)
    raised = _worst(body.values())  # wherever in the body it happens, no more than that has passed
    ways: Ways = {end: cost for end, cost in body.items() if end != "on"}
    if "on" in body:
        for end, cost in _walk(item.orelse, inside).items():
            _add(ways, end, body["on"].then(cost))
    for handler in item.handlers:
        for end, cost in _walk(handler.body, inside).items():
            _add(ways, end, raised.then(cost))
    final = _walk(item.final, inside)
    ended: Ways = {}
    for end, cost in ways.items():
        for last, more in final.items():
            _add(ended, end if last == "on" else last, cost.then(more))
    return ended


def cost_of(op: ir.Op) -> WorstCase:
    """How long one op takes, once."""
    match op:
        case ir.External(what=what, seconds=seconds, limit=limit):
            return _timed(op, what, seconds, limit)
        case ir.Slow(what="sleep" as what, seconds=None):
            return WorstCase(unseen=((op, what),))
        case ir.Slow(what="sleep" as what, seconds=float() as seconds):
            return WorstCase(seconds, ((op, seconds, what),))
        case ir.Slow(what=what, seconds=seconds, limit=limit):
            return _timed(op, what, seconds, limit)
        case ir.Acquire(mode="wait" | "raise", limit=float() as seconds, text=text):
            return WorstCase(seconds, ((op, seconds, f"wait for {text}"),))
        case ir.Opaque(text=text):
            return WorstCase(unseen=((op, text),))
        case _:
            return NOTHING


def _timed(op: ir.Op, what: str, seconds: float | None, limit: ir.Term | None) -> WorstCase:
    if seconds is not None:
        return WorstCase(seconds, ((op, seconds, f"{what} timeout"),)) if seconds > 0 else NOTHING
    if limit is not None:
        return WorstCase(unseen=((op, f"{what} timeout"),))
    return WorstCase(unbounded=((op, f"{what} without timeout"),))
