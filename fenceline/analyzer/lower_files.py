"""Files: what a run asks of a path, and what it does to what the path names.

Files are no cells: no rule proves anything of them, so that an op here is only a place in the tree with a fact.
"""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.values import NONE, Data, Instance, Value, term_of

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
    is_path = kind is not None and kind.role == "path"
    if len(args) == 1 and (is_path or term.label in _SAME or _keeps(low, term.label)):
        return args[0]
    return ir.Apply("/" if term.label == _JOIN else term.label, args)


def _keeps(low: Lowering, label: str) -> bool:
    """Whether a method of paths gives the same path, written otherwise (``path.resolve()``)."""
    kinds = low.models.of_role("path") if label.startswith(".") else []
    found = [one for one in (low.models.method(kind.id, label[1:]) for kind in kinds) if one is not None]
    return any(one.op == "none" and one.roles.get("keeps") is True for one in found)


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
    options: dict[str, ir.Term] = {"path": path} if target is None else {"path": path, "target": target}
    if low.in_hook:
        options["hook"] = ir.Const(True)
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
    found = ir.Apply(name, terms)
    if isinstance(call.receiver, Instance):
        found = ir.Apply(f".{name}", (call.receiver.ident, *terms))
    handle = call.operation.result.strip("<>")
    if change == "create" and path is not None and handle in low.models.types:
        given = call.role("path") if "path" in call.operation.roles else call.receiver
        named = term_of(given or NONE)
        if isinstance(named, ir.Apply) and named.label in _SAME and len(named.args) == 1:
            named = named.args[0]
        return Instance(handle, found, {"given": Data(named)})
    return Data(found)


def _opened(call: Call) -> str:
    """What opening does, by its mode: '' where it is not stated, and for one that fails where there is a file."""
    given = call.role("mode")
    if given is None:
        return "read"
    mode = given.term.value if isinstance(given, Data) and isinstance(given.term, ir.Const) else None
    if not isinstance(mode, str) or "x" in mode:
        return ""
    return "create" if set(mode) & set("wa") else "read"


def _own(low: Lowering, call: Call) -> Value:
    """A file under a name that no other run has, open for writing."""
    ident = ir.Fresh(low.fresh(call.operation.name.rsplit(".", 1)[-1]))
    return Instance(call.operation.result.strip("<>"), ident, {"given": Data(ir.Apply(".name", (ident,)))})


def _write(low: Lowering, call: Call) -> Value:
    """Something is written to an open file, and is not yet seen by others who open it."""
    _of_handle(low, call.receiver, "file.write", call.span)
    return Data(ir.Apply(".write", (term_of(call.receiver), *map(term_of, call.arguments.values()))))


def _flush(low: Lowering, call: Call) -> Value:
    flush(low, call.receiver, call.span)
    return NONE


def flush(low: Lowering, handle: Value, span: Span) -> None:
    """What was written to an open file is there from now on."""
    _of_handle(low, handle, "file.flush", span)


def _of_handle(low: Lowering, handle: Value, kind: str, span: Span) -> None:
    given = handle.parts.get("given") if isinstance(handle, Instance) else None
    if given is None:
        return
    shown = low.show(term_of(given))
    op = ir.Slow(span, low.path, f"{kind.removeprefix('file.')}({shown})", 0.0)
    low.record(Fact(op, kind, "file", shown, kind, options={"written as": term_of(given)}))


FILE_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "file.check": _check,
    "file.change": _change,
    "file.own": _own,
    "file.write": _write,
    "file.flush": _flush,
}
