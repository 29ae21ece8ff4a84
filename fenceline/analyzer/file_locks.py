"""Files that some function changes under a lock between processes, and another one without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact

_THROUGH = frozenset({"each", "tuple", "list", "set", "str", "fspath"})
_CHANGES = frozenset({"remove", "drop", "move", "replace", "create", "copy", "store"})


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A change of a file without the lock, and one of such a file under it: which lock, taken where."""

    change: Fact
    other: Fact
    lock: Fact


def changed_without_lock(flow: Flow) -> Iterator[Unlocked]:
    """The changes of a function to files that others of its module change under a lock, and under no lock itself."""
    own = [one for one in _changes(flow) if not any(_held(flow, one))]
    named = {one.op: _names(flow, one) for one in own}
    if not any(named.values()):
        return
    siblings = [one for one in flow.siblings if one.lowered.node is not flow.lowered.node]
    others = [(other, lock, _names(one, other)) for one in siblings for other, lock in _guarded(one)]
    inlined = {(one.op.span, one.op.path) for one, _, _ in others}
    for change in own:
        if (change.op.span, change.op.path) in inlined:
            continue
        fitting = next(((other, lock) for other, lock, names in others if names & named[change.op]), None)
        if fitting is not None:
            yield Unlocked(change, *fitting)


def _changes(flow: Flow) -> list[Fact]:
    facts = [one for one in flow.lowered.facts if one.kind == "file.change" and one.op in flow.places]
    return [one for one in facts if one.hint in _CHANGES]


def _guarded(flow: Flow) -> Iterator[tuple[Fact, Fact]]:
    """The changes of a function that are made while it holds a lock between processes, with that lock."""
    for one in _changes(flow):
        for lock in _held(flow, one):
            if lock.op.scope == "distributed" or "reach" in lock.options:  # type: ignore[attr-defined]
                yield one, lock
                break


def _held(flow: Flow, change: Fact) -> Iterator[Fact]:
    """The locks that are held when a file is changed."""
    before = [one for one in flow.lowered.facts if one.op in flow.places and flow.is_before(one.op, change.op)]
    for taken in before:
        if isinstance(taken.op, ir.Acquire):
            after = [one.op for one in before if flow.is_before(taken.op, one.op)]
            if not any(isinstance(op, ir.Release) and op.lock == taken.op.lock for op in after):
                yield taken


def _names(flow: Flow, change: Fact) -> frozenset[str]:
    """What the files are called by: an attribute of an object (``document.path``), a setting."""
    paths = [change.options["path"], *([change.options["target"]] if "target" in change.options else [])]
    return frozenset(name for one in paths for name in _names_in(one)) - flow.lowered.called


def _names_in(path: ir.Term) -> Iterator[str]:
    match path:
        case ir.Apply(label=label, args=args) if label in _THROUGH:
            for one in args:
                yield from _names_in(one)
        case ir.Apply(label=label, args=(_,)) if label.startswith(".") and label[1:].isidentifier():
            yield label
        case ir.Var(name=name) if "." in name:
            yield f".{name.rpartition('.')[2]}"
        case ir.Shared(label=label):
            yield label
