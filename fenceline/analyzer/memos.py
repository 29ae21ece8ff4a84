"""Reads and changes of one cell that two runs may do at once without harm: results kept, members sorted out."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import Pair, is_blind_put
from fenceline.analyzer.repeats import is_kept
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


def is_refill(flow: Flow, pair: Pair, acts: list[Fact]) -> bool:
    """Whether the acts fill a cache: what is stored is computed anew, and the run goes on with either value."""
    is_lasting = any(not _is_cached(one) and not is_kept(one, acts) for one in pair.decided if one not in acts)
    return not is_lasting and all(is_blind_put(one, pair.cell) for one in acts) and flow.goes_on_with(pair.bind)


def is_sorting_out(pair: Pair, acts: list[Fact]) -> bool:
    """Whether the acts take members out of a collection that are gone: twice is as good as once."""
    return pair.cell.field is None and all(_sorts_out(one) for one in acts)


def _is_cached(fact: Fact) -> bool:
    """Whether an op only puts values into a cache, which may lose them at any time, or takes them out of it."""
    steps = fact.op.steps if isinstance(fact.op, ir.Atomic) else ()
    return bool(steps) and all(isinstance(one, ir.Put | ir.Remove) and one.cell.store == "cache" for one in steps)


def _sorts_out(fact: Fact) -> bool:
    """Whether an op only takes members out of a collection, each or all of those that were found."""
    if not isinstance(fact.op, ir.Atomic):
        return False
    changes = [one for one in fact.op.steps if not isinstance(one, ir.Get)]
    removed = [one.cell.field or "" for one in changes if isinstance(one, ir.Remove)]
    others = [one for one in changes if not isinstance(one, ir.Remove) and not _unsets(one)]
    return bool(removed) and not others and all(one.startswith("tuple(") or "each(" in one for one in removed)


def _unsets(step: ir.Step) -> bool:
    """What the removal of a member does to the collection as a whole."""
    value = step.value if isinstance(step, ir.Modify) else None
    return isinstance(value, ir.Apply) and value.label == "with" and value.args[-1] == ir.Const(None)
