"""Whether a value is computed from another, or is that value again: as it was, in its normal form, a part of it."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.choices import CHOICES, WITH_DEFAULT
from fenceline.analyzer.flow import Flow, terms_of
from fenceline.analyzer.values import vars_of

_TEXT_METHODS = frozenset(
    [
        "upper",
        "lower",
        "strip",
        "lstrip",
        "rstrip",
        "title",
        "capitalize",
        "casefold",
        "swapcase",
        "replace",
        "removeprefix",
        "removesuffix",
    ]
)


def computes(flow: Flow, op: ir.Op, cell: ir.Cell, bind: str) -> bool:
    """Whether the op writes to the cell a value computed from the name, not just the same value back."""
    return any(_is_computed(flow, term, bind, set()) for term in terms_of(op, cell))


_OPERATORS = frozenset(
    {
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "&",
        "|",
        "^",
        "<<",
        ">>",
        "f",
        "text",
        "append",
        "extend",
        "insert",
        "remove",
    }
)


def accumulates(flow: Flow, op: ir.Op, cell: ir.Cell, bind: str) -> bool:
    """Whether the op writes a value that grows out of the name each time: a sum, a text with more added to it.

    What an unknown function makes of it may be the same the second time.
    """
    return computes(flow, op, cell, bind) and any(_grows(flow, one, bind, set()) for one in terms_of(op, cell))


def counts_on(flow: Flow, op: ir.Op, cell: ir.Cell, bind: str) -> bool:
    """Whether the op writes a value that operators make of the name, not what functions make of it."""
    return computes(flow, op, cell, bind) and any(
        _grows(flow, one, bind, set(), by_functions=False) for one in terms_of(op, cell)
    )


def _grows(flow: Flow, term: ir.Term, bind: str, seen: set[str], *, by_functions: bool = True) -> bool:
    if isinstance(term, ir.Var):
        if term.name in seen or term.name == bind:
            return False
        inner = [one for one, _ in flow.lets.get(term.name, ())]
        return any(_grows(flow, one, bind, seen | {term.name}, by_functions=by_functions) for one in inner)
    if not isinstance(term, ir.Apply):
        return False
    is_grown = term.label in _OPERATORS or (by_functions and term.label.startswith("result of "))
    if is_grown and bind in flow.value_roots(term, set()):
        return True
    return any(_grows(flow, one, bind, seen, by_functions=by_functions) for one in term.args)


def _is_computed(flow: Flow, term: ir.Term, bind: str, seen: set[str]) -> bool:
    if isinstance(term, ir.Var):
        if term.name in seen or term.name == bind:
            return False
        return any(_is_computed(flow, one, bind, seen | {term.name}) for one, _ in flow.lets.get(term.name, ()))
    if not isinstance(term, ir.Apply):
        return False
    if _is_normalised(flow, term, bind) or _is_part(flow, term, bind) or _is_put_back(flow, term, bind):
        return False
    sought = _sought_as_key(flow, term, bind)
    if sought is not None:
        return any(_is_computed(flow, one, bind, seen) for one in sought)
    if term.label in WITH_DEFAULT and len(term.args) == 3:  # ``data.get("name", row.name)``
        return any(bind in flow.value_roots(one, set()) for one in term.args[:2]) or _is_computed(
            flow, term.args[2], bind, seen
        )
    if term.label in CHOICES:
        return any(_is_computed(flow, one, bind, seen) for one in term.args)
    return bind in flow.value_roots(term, set())


def _is_normalised(flow: Flow, term: ir.Apply, bind: str) -> bool:
    """``code.upper()``: text put into its normal form, which is the same whoever does it."""
    if not term.label.startswith(".") or term.label[1:] not in _TEXT_METHODS or not term.args:
        return False
    rest = frozenset(name for one in term.args[1:] for name in vars_of(one))
    return not rest and not _is_computed(flow, term.args[0], bind, set())


def _is_put_back(flow: Flow, term: ir.Apply, bind: str) -> bool:
    """``dumps(loads(v))``, or that of another value where there was none: what was read, as it was."""
    if term.label != "encode" or not term.args or any(flow.value_roots(one, set()) for one in term.args[1:]):
        return False
    inner = term.args[0]
    choices = inner.args if isinstance(inner, ir.Apply) and inner.label in CHOICES else (inner,)
    read = ir.Var(bind)
    same = [one for one in choices if one == read or one == ir.Apply("decode", (read,))]
    return bool(same) and not any(bind in flow.value_roots(one, set()) for one in choices if one not in same)


def _sought_as_key(flow: Flow, term: ir.Apply, bind: str) -> list[ir.Term] | None:
    """``Model.get(pk=v).pk`` is ``v`` again: the values that the row of a key was looked for by, if that is all."""
    row = term.args[0] if term.label == "pk" else None
    if not isinstance(row, ir.Apply) or row.label != "row":
        return None
    if len(row.args) == 2:
        return [row.args[1]]
    if len(row.args) != 3 or row.args[1] != ir.Const("**"):
        return None
    found: list[ir.Term] = []
    for given in flow.settled([row.args[2]]):
        if isinstance(given, ir.Var) or bind not in flow.value_roots(given, set()):
            continue
        if not isinstance(given, ir.Apply) or given.label != "dict" or len(given.args) != 2:
            return None
        if given.args[0] not in {ir.Const("pk"), ir.Const("id")}:
            return None
        found.append(given.args[1])
    return found


def _is_part(flow: Flow, term: ir.Apply, bind: str) -> bool:
    """``"**" + code[-4:]``: a part of the text between constants, which is the same whoever makes it."""
    if term.label == "f":
        return all(
            isinstance(one, ir.Const) or (isinstance(one, ir.Apply) and _is_part(flow, one, bind)) for one in term.args
        )
    is_slice = term.label == "[]" and isinstance(term.args[-1], ir.Apply) and term.args[-1].label == "slice"
    return is_slice and not vars_of(term.args[-1]) and not _is_computed(flow, term.args[0], bind, set())
