"""Tables of things computed before, kept in one cell of a cache: what is found in them only spares the computing."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.values import vars_of

_LOOK_UPS = frozenset({"[]", ".get"})
_INSERTIONS = frozenset({"set item", ".setdefault"})


def is_memo(flow: Flow, cell: ir.Cell, bind: str, written: list[ir.Term]) -> bool:
    """Whether a cell of a cache holds a table of results, and ``written`` is the table with new results in it.

    A name then stands for what was found in the table, or else for what is computed without it. Either run's entries
    are as good, and an entry that is lost is computed again. What is new in each run (a random token) is no result.
    """
    if cell.store != "cache" or any(_puts_found(flow, one, bind) for one in written):
        return False
    return any(_is_found_or_computed(flow, name, bind) for name in flow.lets)


def _is_found_or_computed(flow: Flow, name: str, bind: str) -> bool:
    terms = flow.settled([ir.Var(name)])
    rest = [one for one in terms if not _is_entry(one, bind)]
    if len(rest) == len(terms):
        return False
    computed = [one for one in rest if isinstance(one, ir.Apply)]
    return bool(computed) and all(bind not in flow.value_roots(one, set()) and not _is_new(one) for one in computed)


def _is_entry(term: ir.Term, bind: str) -> bool:
    """``table[key]``: what was found in the table that was read."""
    is_look_up = isinstance(term, ir.Apply) and term.label in _LOOK_UPS and len(term.args) > 1
    return is_look_up and isinstance(term, ir.Apply) and bind in vars_of(term.args[0])


def _puts_found(flow: Flow, term: ir.Term, bind: str) -> bool:
    """Whether something computed from the table goes into it again (a count, a longer list)."""
    if not isinstance(term, ir.Apply):
        return False
    if term.label in _INSERTIONS and any(bind in flow.value_roots(one, set()) for one in term.args[1:]):
        return True
    return any(_puts_found(flow, one, bind) for one in term.args)


def _is_new(term: ir.Term) -> bool:
    return isinstance(term, ir.Fresh) or (isinstance(term, ir.Apply) and any(_is_new(one) for one in term.args))
