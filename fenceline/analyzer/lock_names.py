"""Which locks of different functions are the same lock."""

from __future__ import annotations

from collections.abc import Mapping

from fenceline.analyzer import ir
from fenceline.analyzer.lower import Lowered

ANY = "any"
"""The label of what stands for a value that differs from call to call."""

LockName = tuple[ir.Term, ...]


def lock_name(lowered: Lowered, lock: tuple[ir.Term, ...]) -> LockName:
    """The name of a lock without what belongs to one call: arguments and what is computed of them are ``ANY``.

    What hangs on ``self`` hangs on the class of the function. Two locks of one name are the same lock, or of one
    family (``order:{pk}``).
    """
    holder = lowered.owner.qualified if lowered.owner is not None and lowered.params else ""
    known: Mapping[str, ir.Term] = {lowered.params[0]: ir.Shared(holder)} if holder else {}
    return tuple(_general(one, known) for one in lock)


def _general(term: ir.Term, known: Mapping[str, ir.Term]) -> ir.Term:
    match term:
        case ir.Arg(name=name):
            return known.get(name, ir.Shared(ANY))
        case ir.Apply(label=label, args=args) if label == "f" or label.startswith(".") or label == "lock":
            return ir.Apply(label, tuple(_general(one, known) for one in args))
        case ir.Const() | ir.Shared():
            return term
        case _:
            return ir.Shared(ANY)


def is_one_of_many(name: LockName) -> bool:
    """Whether a name is that of a family: which of its locks is taken depends on a value."""
    return any(_is_open(one) for one in name)


def is_known(name: LockName) -> bool:
    """Whether anything of the lock's own name is known, beside its type."""
    return any(_has_name(one) for one in name[1:])


def _is_open(term: ir.Term) -> bool:
    return term == ir.Shared(ANY) or (isinstance(term, ir.Apply) and any(map(_is_open, term.args)))


def _has_name(term: ir.Term) -> bool:
    match term:
        case ir.Const():
            return True
        case ir.Shared():
            return term != ir.Shared(ANY)
        case ir.Apply(args=args):
            return any(map(_has_name, args))
        case _:
            return False
