"""The lock that a hazard is about: where it was made, how long it lasts, how long it is held."""

from __future__ import annotations

import builtins
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.durations import UNITS, WorstCase, worst_case
from fenceline.analyzer.holds import Hold, holds_of, inside
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.kv_calls import UNKNOWN, literal
from fenceline.fixers.positions import walk

_ROUND = 10
"""Expiries are raised to a multiple of so many seconds."""

_NUMBERED = re.compile(r"#\d+")


def hold_of(subject: Subject) -> Hold:
    """The lock that is taken or given back by the op that the hazard is about. Raises Refused where there is none."""
    for hold in holds_of(subject.flow):
        if hold.taken.op in subject.acts or any(one.op in subject.acts for one in hold.given_back):
            return hold
    raise Refused("the lock is not seen")


def lease_at(subject: Subject) -> tuple[Hold, float]:
    """The lock with an expiry that is taken at the place of the hazard, and its seconds. Raises Refused."""
    for hold in holds_of(subject.flow):
        op = hold.taken.op
        if op.span == subject.span and op.path == subject.path:
            if hold.expiry is None:
                raise Refused("when the lock expires is not stated")
            return hold, hold.expiry
    raise Refused("the lock is not seen")


def unread_in(subject: Subject, hold: Hold) -> str:
    """A call under the lock that could not be read, so that nobody sees how long it takes; '' where there is none."""
    return next((one.text for one in inside(subject.flow, hold) if _is_unread(one)), "")


def _is_unread(op: ir.Op) -> bool:
    return isinstance(op, ir.Opaque) or (isinstance(op, ir.Unread) and not _is_of_python(op))


def time_held(subject: Subject, hold: Hold) -> WorstCase:
    """The longest that the lock is held in one run."""
    ops = set(inside(subject.flow, hold))
    return worst_case(subject.flow, ops.__contains__)


def is_bounded(subject: Subject, hold: Hold, worst: WorstCase) -> bool:
    """Whether all that is done while the lock is held is known to end, and when.

    Calls that cannot be read, and loops over what nobody has counted, are not.
    """
    flow = subject.flow
    before = flow.places[hold.taken.op].blocks
    for op in inside(flow, hold):
        if _is_unread(op):
            return False
        loops = (one for one in flow.places[op].blocks if isinstance(one, ir.Loop) and one not in before)
        if any(one.rounds is None for one in loops):
            return False
    return not worst.unbounded and not worst.unseen


def _is_of_python(op: ir.Unread) -> bool:
    return op.text.partition(".")[0] in sys.stdlib_module_names


def above(seconds: float) -> int:
    """A round number of seconds that is well above: what is measured in practice is never quite what was planned."""
    return math.ceil(seconds * 1.2 / _ROUND) * _ROUND


def key_of(hold: Hold) -> Callable[[ir.Cell], bool]:
    """Tells the key that a lock made by hand is, whatever its names are numbered; no cell for any other lock."""
    key = _NUMBERED.sub("#", repr(hold.cell))
    return lambda cell: _NUMBERED.sub("#", repr(cell)) == key


@dataclass(frozen=True, slots=True, eq=False)
class Making:
    """The call that makes a lock, and the argument that says when it expires, if it is given."""

    call: cst.Call
    parameter: str
    unit: float
    given: cst.BaseExpression | None

    def in_unit(self, seconds: float) -> str:
        """Seconds in the unit of the parameter, as source."""
        return str(round(seconds / self.unit))


def making_of(subject: Subject, code: Code, hold: Hold) -> Making:
    """Where the lock of a library is made. Raises Refused where that is not seen in this file."""
    origin = hold.taken.origin
    if origin is None or not origin.expiry:
        raise Refused("it cannot be told to expire where it is made")
    if origin.path != str(subject.module.path):
        raise Refused("the lock is made in another file")
    call = code.node_at(origin.span, cst.Call)
    if any(arg.star for arg in call.args):
        raise Refused("the arguments of the lock are not all seen")
    return Making(call, origin.expiry, UNITS.get(origin.unit, 1.0), _argument(call, origin.expiry, origin.place))


def _argument(call: cst.Call, name: str, place: int | None) -> cst.BaseExpression | None:
    for number, arg in enumerate(call.args):
        if number == place if arg.keyword is None else arg.keyword.value == name:
            return arg.value
    return None


def is_made_here(subject: Subject, hold: Hold) -> bool:
    """Whether the function makes the lock itself, so that nobody else has the same object."""
    origin, function = hold.taken.origin, subject.flow.lowered.node.span
    is_inside = origin is not None and function.line <= origin.span.line and origin.span.end_line <= function.end_line
    return is_inside and origin is not None and origin.path == subject.flow.lowered.path


def local_name(code: Code, base: str, at: cst.CSTNode) -> str:
    """A name for a variable of the function around: one that occurs nowhere in it."""
    function = code.function_of(at)
    assert function is not None
    names = {one.value for one in walk(function) if isinstance(one, cst.Name)} | set(dir(builtins))
    return next(one for one in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if one not in names)


def stated(node: cst.BaseExpression | None) -> object:
    """The number, or None, that an expression of numbers states; UNKNOWN for any other expression."""
    match node:
        case None:
            return UNKNOWN
        case cst.BinaryOperation(left=left, operator=cst.Multiply(), right=right):
            one, other = stated(left), stated(right)
            is_number = isinstance(one, int | float) and isinstance(other, int | float)
            return one * other if is_number else UNKNOWN  # type: ignore[operator] # both are numbers
    return literal(node)
