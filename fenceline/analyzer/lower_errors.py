"""``try`` and its handlers: what exceptions mean, which are caught, which are caught and forgotten."""

from __future__ import annotations

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.lower_state import State
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.values import Data


def meaning_of(low: Lowering, dotted: str) -> str:
    """An exception class by what it means ('absent', 'conflict', 'watch', 'lock_failed'), else its own name."""
    if dotted.rsplit(".", 1)[-1] in low.models.raises.get("absent_attributes", ()):
        return "absent"
    resolved = low.project.resolve(low.module, dotted)
    qualified = getattr(resolved, "qualified", dotted)
    for meaning, names in low.models.raises.items():
        if qualified in names:
            return meaning
    return str(qualified).rsplit(".", 1)[-1]


def attempt(low: Lowering, node: nodes.Try) -> None:
    """A ``try``: each handler begins with what was known before the body."""
    start = low.state.copy()
    known, known_begun = len(low.bags_read), len(low.sessions_begun)
    caught = frozenset(name for one in node.handlers for name in _classes(low, one.type) or ("*",))
    low.handling.append(caught)
    body, body_end = low.fork(lambda: low.statements(node.body), low.state)
    low.handling.pop()
    after: State | None = body_end
    orelse = ir.Seq()
    if body_end is not None:
        orelse, after = low.fork(lambda: low.statements(node.orelse), body_end)
    start.begun |= frozenset(low.sessions_begun[known_begun:])  # it may have come so far when it raised
    start.bags = tuple(dict.fromkeys((*start.bags, *low.bags_read[known:])))
    if body_end is not None:
        for name, value in body_end.env.items():
            start.env.setdefault(name, value)
    handlers: list[ir.Except] = []
    ends: list[tuple[ir.Seq, State | None]] = [(orelse, after)]
    for handler in node.handlers:
        seq, end = low.fork(lambda handler=handler: _handler(low, handler), start)  # type: ignore[misc]
        handlers.append(ir.Except(_classes(low, handler.type), seq, _only_logs(handler.body)))
        ends.append((seq, end))
    low.join(ends)
    final = ir.Seq()
    dead, low.is_dead = low.is_dead, False
    begun = low.state.begun
    low.state.begun |= frozenset(low.sessions_begun[known_begun:])
    with low.writing(final):
        low.statements(node.finalbody)
    low.state.begun &= begun
    low.is_dead = dead or low.is_dead
    if body.items or any(one.body.items for one in handlers) or final.items or orelse.items:
        dead, low.is_dead = low.is_dead, False
        low.emit(ir.Try(body, handlers, orelse, final))
        low.is_dead = dead


def _handler(low: Lowering, handler: nodes.Handler) -> None:
    if handler.name is not None:
        low.state.env[handler.name] = Data(ir.Shared("exception"))
    low.statements(handler.body)


_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})


def _only_logs(body: list[nodes.Stmt]) -> bool:
    """Whether statements do nothing but tell a log; ``continue`` and a bare ``return`` go on from there."""
    for one in body:
        match one:
            case nodes.Pass() | nodes.Continue() | nodes.Return(value=None) | nodes.ExprStmt(value=nodes.Literal()):
                pass
            case nodes.ExprStmt(value=nodes.Call(func=nodes.Attribute(attr=name) | nodes.Name(id=name))):
                if name not in _LOGGING:
                    return False
            case _:
                return False
    return True


def _classes(low: Lowering, node: nodes.Expr | None) -> tuple[str, ...]:
    """What a handler catches, by meaning; a class that covers several meanings stands for all of them."""
    if node is None:
        return ()
    items = node.items if isinstance(node, nodes.Sequence) else [node]
    found: list[str] = []
    for one in items:
        dotted = dotted_name(one)
        value = None if dotted is None else low.project.resolve(low.module, dotted)
        resolved = getattr(value, "node", None)
        if isinstance(resolved, nodes.Sequence):
            found.extend(_classes(low, resolved))
            continue
        name = meaning_of(low, dotted or "Exception")
        found.append(name)
        qualified = getattr(value, "qualified", name)
        found.extend(m for m, names in low.models.raises.items() if qualified in names and m not in found)
    return tuple(dict.fromkeys(found))


def suppressed_by(low: Lowering, context: nodes.Expr) -> nodes.Expr | None:
    """``suppress(A, B)``: the classes that a context manager catches and forgets, None for any other."""
    dotted = dotted_name(context.func) if isinstance(context, nodes.Call) else None
    if dotted is None or not isinstance(context, nodes.Call) or context.keywords:
        return None
    qualified = getattr(low.project.resolve(low.module, dotted), "qualified", None)
    if low.models.values.get(qualified or "") != "suppress":
        return None
    return nodes.Sequence(context.span, "tuple", context.args)
