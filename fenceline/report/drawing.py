"""What a trace looks like: a row a step, who holds which lock from which row to which, and what is decisive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.steps import TraceStep
from fenceline.report.plain import printable

MOST_ROWS = 60
"""Rows that are drawn; the steps of a longer trace after these are counted."""

_READS = frozenset({"read", "miss", "check", "receive", "watch", "job", "task", "later"})
_LEAVING = frozenset({"return", "raise", "continue"})
_EVENTS = frozenset({"crash", "expiry", "fail"})
_OWN = _EVENTS | _LEAVING | {"start", "work", "slow", "compute", "pause"}
"""Kinds of steps that happen to the run itself: nothing goes to a store."""

_TOLD_IN_WORDS = _EVENTS | _LEAVING | {"start", "work", "later", "receive", "job", "task"}
_ENDING = re.compile(r"raises \w+|waits for the lock|fails")
"""What is said of steps that have only not succeeded."""

_STORE_OF_KIND = {
    "receive": ir.BROKER,
    "send": ir.BROKER,
    "ack": ir.BROKER,
    "commit": ir.DATABASE,
    "rollback": ir.DATABASE,
    "check": ir.FILES,
    "use": ir.FILES,
    "external": ir.OUTSIDE,
    "effect": ir.OUTSIDE,
}
"""Where a step goes that does not say it itself."""

_SHOWN = {"kv": "key-value store", "sql": ir.DATABASE}
"""Kinds of stores in words. Others are called what the model files call them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step. ``number`` counts from 1, ``line`` stands in the margin, ``goes`` says which way it points.

    ``path`` is that of the file, '' where it is the finding's.

    ``goes`` is 'to' the store, 'from' it, 'out' (to a service that is no store), 'stop' (it waits), or '' (nowhere).
    ``store`` is where, in a word. ``mark`` is 'decisive', 'event' (a crash, an expiry), 'noted' or ''. ``is_prose``:
    the text is no operation, but says in words what happens.
    """

    number: int
    actor: str
    path: str
    line: int
    text: str
    value: str
    note: str
    goes: str
    store: str
    mark: str
    is_prose: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A lock in somebody's hands from one row to another; ``kind`` is 'lock', 'row' or 'tx'.

    ``end`` says how it ends: 'released', 'until the commit' or 'rollback', 'expired', 'lost' (somebody else gave it
    back), 'ended' with its holder, or 'kept' at the end of what is told. ``column`` is 0 for the one nearest to the
    lane. ``is_ghost``: it is held no longer, but its holder works on as if it were.
    """

    actor: str
    kind: str
    name: str
    first: int
    last: int
    end: str
    column: int
    is_ghost: bool = False

    @property
    def title(self) -> str:
        """What it is: ``lock invoice-run``, ``row lock``."""
        return f"lock {self.name}" if self.kind == "lock" else self.name

    @property
    def told(self) -> str:
        """Who holds it for how long, in words: ``A from step 1 to 3, expired``."""
        if self.is_ghost:
            return f"{self.actor} from step {self.first} to {self.last}"
        steps = f"from step {self.first} to {self.last}" if self.last > self.first else f"at step {self.first}"
        return f"{self.actor} {steps}, {self.end}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture. ``lives`` are the stretches of each lane: who, from row to row, whether it goes on."""

    actors: tuple[str, ...]
    stores: tuple[str, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    lives: tuple[tuple[str, int, int, bool], ...]
    left_out: int

    @property
    def legend(self) -> list[tuple[Bar, list[Bar]]]:
        """Each thing that is held, by one of its bars, and all of them."""
        found: dict[tuple[str, bool], list[Bar]] = {}
        for bar in self.bars:
            found.setdefault((bar.title, bar.is_ghost), []).append(bar)
        return [(bars[0], bars) for bars in found.values()]

    @property
    def columns(self) -> int:
        """How many bars stand beside each other at most."""
        return max((bar.column + 1 for bar in self.bars), default=0)


def drawing_of(trace: Sequence[TraceStep], path: str) -> Drawing | None:
    """The picture of a trace whose finding lies in a file; None where there is nothing to draw."""
    if not trace:
        return None
    shown = trace[:MOST_ROWS]
    decisive = _decisive(shown)
    rows = tuple(_row(number, step, path, is_decisive=number == decisive) for number, step in enumerate(shown))
    actors = tuple(sorted({step.actor for step in trace}))
    bars = tuple(_with_columns([*_bars(shown), *_ghosts(shown)]))
    stores = tuple(dict.fromkeys(row.store for row in rows if row.goes in {"to", "from", "stop"}))
    lives = tuple(life for actor in actors for life in _lives(actor, shown))
    return Drawing(actors, stores, rows, bars, lives, len(trace) - len(shown))


def _decisive(trace: Sequence[TraceStep]) -> int:
    """The step that goes wrong: the last of which something is said, where that is more than how the step ended."""
    noted = [number for number, step in enumerate(trace) if step.note]
    telling = [number for number in noted if not _ENDING.fullmatch(trace[number].note)]
    return (telling or noted or [-1])[-1]


def _row(index: int, step: TraceStep, path: str, *, is_decisive: bool) -> Row:
    mark = "decisive" if is_decisive else "event" if step.kind in _EVENTS else "noted" if step.note else ""
    return Row(
        index + 1,
        step.actor,
        printable(step.path) if step.path != path else "",
        step.line,
        printable(step.text),
        printable(step.value),
        printable(step.note),
        _direction(step),
        printable(_SHOWN.get(_store_of(step), _store_of(step))),
        mark,
        step.kind in _TOLD_IN_WORDS,
    )


def _store_of(step: TraceStep) -> str:
    return step.store or _STORE_OF_KIND.get(step.kind, "")


def _direction(step: TraceStep) -> str:
    """Which way the arrow of a step points."""
    store = _store_of(step)
    if store == ir.OUTSIDE and step.kind not in _OWN - {"slow"}:
        return "out"
    if not store or step.kind in _OWN:
        return ""
    if step.kind == "wait" or _is_refused(step):
        return "stop"
    return "from" if step.kind in _READS else "to"


def _is_refused(step: TraceStep) -> bool:
    """Whether a lock is not got: another one has it then, and who asked for it has nothing."""
    holders = {actor for actor, _ in step.held}
    return step.kind == "acquire" and bool(holders) and step.actor not in holders


def _kind_of(name: str) -> str:
    return {ir.ROW_LOCK: "row", ir.TRANSACTION: "tx"}.get(name, "lock")


def _bars(trace: Sequence[TraceStep]) -> Iterator[Bar]:
    """Every stretch of steps after which somebody holds something, up to the step that ends it."""
    for actor, name in dict.fromkeys(pair for step in trace for pair in step.held):
        first = 0
        for number, step in enumerate(trace, start=1):
            is_held = (actor, name) in step.held
            if is_held and not first:
                first = number
            elif first and not is_held:
                yield Bar(actor, _kind_of(name), printable(name), first, number, _ending(step, actor), 0)
                first = 0
        if first:
            yield Bar(actor, _kind_of(name), printable(name), first, len(trace), "kept", 0)


def _ending(step: TraceStep, actor: str) -> str:
    if step.actor != actor:
        return "lost"
    known = {"expiry": "expired", "crash": "ended", "commit": "until the commit", "rollback": "until the rollback"}
    return known.get(step.kind, "released")


def _ghosts(trace: Sequence[TraceStep]) -> Iterator[Bar]:
    """After an expiry: from there to the last step of the one who believes to hold the lock."""
    for bar in _bars(trace):
        later = [n for n, step in enumerate(trace, start=1) if step.actor == bar.actor and n > bar.last]
        if bar.end == "expired" and later:
            yield Bar(bar.actor, bar.kind, bar.name, bar.last, later[-1], "", 0, is_ghost=True)


def _with_columns(bars: Sequence[Bar]) -> Iterator[Bar]:
    """Each name of an actor has a column of its own, the locks nearest to the lane."""
    order = ["lock", "row", "tx"]
    names = sorted({(bar.actor, order.index(bar.kind), bar.name) for bar in bars})
    for bar in bars:
        own = [name for actor, _, name in names if actor == bar.actor]
        column = own.index(bar.name)
        yield Bar(bar.actor, bar.kind, bar.name, bar.first, bar.last, bar.end, min(column, 2), bar.is_ghost)


def _lives(actor: str, trace: Sequence[TraceStep]) -> Iterator[tuple[str, int, int, bool]]:
    """A lane is whole until its run crashes, and broken from there."""
    crash = next((n for n, s in enumerate(trace, start=1) if s.actor == actor and s.kind == "crash"), None)
    if crash is None:
        yield actor, 1, len(trace), True
        return
    yield actor, 1, crash, True
    if crash < len(trace):
        yield actor, crash, len(trace), False
