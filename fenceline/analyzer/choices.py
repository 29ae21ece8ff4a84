"""Terms that are one of several values: ``a or b``, ``a if c else b``, ``d.get(k, b)``."""

from __future__ import annotations

from dataclasses import replace

from fenceline.analyzer import ir

CHOICES = frozenset({"or", "and", "ifelse"})
"""One of the operands as it is."""

WITH_DEFAULT = frozenset({".get", "result of pop", "getattr"})
"""What is found, or the third operand as it is."""

PERHAPS = "perhaps"
"""A value that was handed in, or the one that is there: what a form sets that leaves open which columns it is about."""


def as_given(term: ir.Term) -> ir.Term:
    """The term without the values made anew that stand in only where none was handed in.

    Two requests with one id meet, two without one do not: ``request_id or uuid4()`` is of interest as ``request_id``.
    """
    if not isinstance(term, ir.Apply):
        return term
    args = tuple(as_given(one) for one in term.args)
    if term.label in CHOICES and any(_comes_from_outside(one) for one in args):
        args = tuple(one for one in args if not is_new(one))
    elif term.label in WITH_DEFAULT and len(args) > 2 and is_new(args[-1]):
        args = args[:-1]
    return term if args == term.args else replace(term, args=args)


def _comes_from_outside(term: ir.Term) -> bool:
    return not isinstance(term, ir.Const) and not is_new(term)


def is_new(term: ir.Term) -> bool:
    """Whether a value is made anew in each run, or of one that is: an identifier that nobody else has."""
    return isinstance(term, ir.Fresh) or (isinstance(term, ir.Apply) and any(map(is_new, term.args)))
