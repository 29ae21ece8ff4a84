"""Files: what a run asks of a path, and what it does to what the path names.

Files are no cells: no rule proves anything of them, so that an op here is only a place in the tree with a fact.
"""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import Data, Instance, Value, term_of

ASKED = "file exists"
"""The label of the answer to whether there is a file; its argument is the path."""

_SAME = frozenset({"str", "fspath"})
_JOIN = ".__truediv__"


def path_of(low: Lowering, value: Value) -> ir.Term:
    """The path that a text or an object for a path stands for; the same for both."""
    return _plain(low, term_of(value))


def _plain(low: Lowering, term: ir.Term) -> ir.Term:
    if not isinstance(term, ir.Apply):
        return term
    args = tuple(_plain(low, one) for one in term.args)
    kind = low.models.type_named(term.label)
    if len(args) == 1 and (term.label in _SAME or (kind is not None and kind.role == "path")):
        return args[0]
    return ir.Apply("/" if term.label == _JOIN else term.label, args)


def _operand(low: Lowering, call: Call) -> ir.Term | None:
    """The path of a call: an argument, or the object whose method it is."""
    if "path" not in call.operation.roles:
        return path_of(low, call.receiver)
    given = call.role("path")
    return None if given is None else path_of(low, given)


def _record(low: Lowering, call: Call, kind: str, change: str, path: ir.Term, target: ir.Term | None = None) -> None:
    name = call.operation.name.rsplit(".", 1)[-1]
    shown = low.show(path)
    op = ir.Slow(call.span, low.path, f"{name}({shown})", 0.0)
    options = {"path": path} if target is None else {"path": path, "target": target}
    low.record(Fact(op, kind, "file", shown, name, hint=change, options=options))


def _check(low: Lowering, call: Call) -> Value:
    path = _operand(low, call)
    if path is None:
        return Data(ir.Apply(call.operation.name, ()))
    _record(low, call, "file.check", "", path)
    return Data(ir.Apply(ASKED, (path,)))


def _change(low: Lowering, call: Call) -> Value:
    path, target = _operand(low, call), call.role("target")
    change = str(call.data("change"))
    if change == "open":
        change = _opened(call)
    if path is not None and change:
        _record(low, call, "file.change", change, path, None if target is None else path_of(low, target))
    terms = tuple(term_of(one) for one in call.arguments.values())
    name = call.operation.name.rsplit(".", 1)[-1]
    if isinstance(call.receiver, Instance):
        return Data(ir.Apply(f".{name}", (call.receiver.ident, *terms)))
    return Data(ir.Apply(name, terms))


def _opened(call: Call) -> str:
    """What opening does, by its mode: '' where it is not stated, and for one that fails where there is a file."""
    given = call.role("mode")
    if given is None:
        return "read"
    mode = given.term.value if isinstance(given, Data) and isinstance(given.term, ir.Const) else None
    if not isinstance(mode, str) or "x" in mode:
        return ""
    return "create" if set(mode) & set("wa") else "read"


FILE_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {"file.check": _check, "file.change": _change}
