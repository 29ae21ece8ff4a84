"""Terms in a trace, short enough to be read: of what is nested too deep only the outside is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.values import show

LONGEST = 64
"""How many letters one value may have before something is left out of it."""

_DEEPEST = 5


def brief(term: ir.Term, names: Mapping[str, str] | None = None) -> str:
    """A term as :func:`show` writes it, with … in place of the innermost parts as long as it is too long.

    Of a row each value that it is found by may be that long.
    """
    if isinstance(term, ir.Apply) and term.label == "row":
        return show(replace(term, args=tuple(_shortened(one, names) for one in term.args)), names)
    return show(_shortened(term, names), names)


def _shortened(term: ir.Term, names: Mapping[str, str] | None) -> ir.Term:
    for depth in range(_DEEPEST, 0, -1):
        if len(show(term, names)) <= LONGEST:
            return term
        term = _outside(term, depth)
    text = show(term, names)
    return term if len(text) <= LONGEST else ir.Const(text[: LONGEST - 1] + "…")


def _outside(term: ir.Term, depth: int) -> ir.Term:
    if not isinstance(term, ir.Apply) or not term.args:
        return term
    return ir.Old() if depth == 0 else replace(term, args=tuple(_outside(one, depth - 1) for one in term.args))
