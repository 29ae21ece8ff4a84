"""Takes out of a sliced program what nothing left in it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fenceline.analyzer import ir
from fenceline.analyzer.values import vars_of

ROUNDS = 12


@dataclass(slots=True, eq=False)
class Pruning:
    """``cells``: of the pair, their reads stay. ``used``: the names that something left looks at."""

    cells: frozenset[ir.Cell]
    used: set[str] = field(default_factory=set)
    has_changed: bool = False


def prune(body: ir.Seq, cells: frozenset[ir.Cell]) -> ir.Seq:
    """Repeats until nothing more falls away: unused names, reads for them, branches with nothing in them."""
    body = _without_results(body, is_entry=True)
    for _ in range(ROUNDS):
        pruning = Pruning(cells)
        _use(pruning, body)
        body = _seq(pruning, body)
        if not pruning.has_changed:
            break
    return body


def _without_results(seq: ir.Seq, is_entry: bool) -> ir.Seq:
    """What an inner frame returns has been bound by name where it matters; only the entry's end counts."""
    items: list[ir.Tree] = []
    for item in seq.items:
        match item:
            case ir.Return(span=span) if not is_entry:
                items.append(ir.Return(None, span))
            case ir.Frame():
                items.append(replace(item, body=_without_results(item.body, False)))
            case ir.Branch():
                then, orelse = _without_results(item.then, is_entry), _without_results(item.orelse, is_entry)
                items.append(ir.Branch(item.guard, then, orelse, item.span, item.path))
            case ir.Loop():
                items.append(ir.Loop(_without_results(item.body, is_entry), item.kind, item.span, item.path))
            case ir.Tx():
                items.append(ir.Tx(_without_results(item.body, is_entry), item.span, item.path, item.isolation))
            case ir.Try():
                handlers = [ir.Except(one.classes, _without_results(one.body, is_entry)) for one in item.handlers]
                items.append(
                    ir.Try(
                        _without_results(item.body, is_entry),
                        handlers,
                        _without_results(item.orelse, is_entry),
                        _without_results(item.final, is_entry),
                    )
                )
            case _:
                items.append(item)
    return ir.Seq(items)


# ------------------------------------------------------------------------- uses


def _use(pruning: Pruning, body: ir.Seq) -> None:
    """The names used by ops, guards and the end of the entry, and by the Lets of used names."""
    lets: dict[str, list[ir.Term]] = {}
    _collect(pruning, body, lets)
    todo = list(pruning.used)
    while todo:
        for term in lets.pop(todo.pop(), ()):
            for name in vars_of(term) - pruning.used:
                pruning.used.add(name)
                todo.append(name)
            todo.extend(name for name in vars_of(term) if name in lets)


def _collect(pruning: Pruning, seq: ir.Seq, lets: dict[str, list[ir.Term]]) -> None:
    for item in seq.items:
        match item:
            case ir.Let(bind=bind, value=value):
                lets.setdefault(bind, []).append(value)
            case ir.Branch():
                pruning.used |= vars_of(item.guard)
                _collect(pruning, item.then, lets)
                _collect(pruning, item.orelse, lets)
            case ir.Loop(body=body) | ir.Tx(body=body) | ir.Frame(body=body):
                _collect(pruning, body, lets)
            case ir.Try():
                for one in (item.body, item.orelse, item.final, *(h.body for h in item.handlers)):
                    _collect(pruning, one, lets)
            case ir.Return(value=value) if value is not None:
                pruning.used |= vars_of(value)
            case ir.Op():
                _collect_op(pruning, item)
            case _:
                pass


def _collect_op(pruning: Pruning, op: ir.Op) -> None:
    if isinstance(op, ir.Atomic):
        for step in op.steps:
            pruning.used |= _names_in(step)
    elif isinstance(op, ir.Send | ir.External):
        for term in op.values:
            pruning.used |= vars_of(term)


def _names_in(step: ir.Step) -> frozenset[str]:
    if isinstance(step, ir.Get | ir.Remove):
        return frozenset()
    if isinstance(step, ir.CompareAndSet):
        terms = [value for _, value in step.expect if value is not None] + [value for _, value in step.writes]
        names = frozenset(name for term in terms for name in vars_of(term))
        return names | vars_of(step.guard)
    return vars_of(step.value)


# ----------------------------------------------------------------------- pruning


def _seq(pruning: Pruning, seq: ir.Seq) -> ir.Seq:
    items: list[ir.Tree] = []
    for index, item in enumerate(seq.items):
        if isinstance(item, ir.Branch) and _only_returns(seq.items[index + 1 :]) and _is_way_out(item):
            pruning.has_changed = True
            continue
        made = _item(pruning, item)
        if made is None:
            pruning.has_changed = True
        elif isinstance(made, ir.Seq):
            pruning.has_changed = True
            items.extend(made.items)
        else:
            items.append(made)
    return ir.Seq(items)


def _item(pruning: Pruning, item: ir.Tree) -> ir.Tree | None:
    match item:
        case ir.Let(bind=bind):
            return item if bind in pruning.used else None
        case ir.Branch():
            then, orelse = _seq(pruning, item.then), _seq(pruning, item.orelse)
            if not then.items and not orelse.items:
                return None
            if _is_same(then, orelse):
                return then
            return ir.Branch(item.guard, then, orelse, item.span, item.path)
        case ir.Frame():
            body = _seq(pruning, item.body)
            return replace(item, body=body) if _has_content(body) else None
        case ir.Loop():
            body = _seq(pruning, item.body)
            return ir.Loop(body, item.kind, item.span, item.path) if _has_content(body) else None
        case ir.Tx():
            body = _seq(pruning, item.body)
            return ir.Tx(body, item.span, item.path, item.isolation) if body.items else None
        case ir.Try():
            return _try(pruning, item)
        case ir.Atomic():
            return _atomic(pruning, item)
        case _:
            return item


def _only_returns(items: list[ir.Tree]) -> bool:
    return len(items) == 1 and isinstance(items[0], ir.Return) and items[0].value is None


def _is_way_out(item: ir.Tree) -> bool:
    """A branch that does nothing but return without a value, on whichever side: the return after it does the same."""
    if isinstance(item, ir.Return):
        return item.value is None
    if isinstance(item, ir.Branch):
        return all(_is_way_out(one) for one in (*item.then.items, *item.orelse.items))
    return False


def _is_same(then: ir.Seq, orelse: ir.Seq) -> bool:
    """Two sides that both only return with no value."""
    return (
        len(then.items) == len(orelse.items) == 1
        and isinstance(then.items[0], ir.Return)
        and isinstance(orelse.items[0], ir.Return)
        and then.items[0].value == orelse.items[0].value
    )


def _has_content(seq: ir.Seq) -> bool:
    """Whether anything but a plain way out of its own frame or loop is left."""
    return any(not isinstance(one, ir.Return | ir.Break | ir.Continue) or _ends_more(one) for one in seq.items)


def _ends_more(item: ir.Tree) -> bool:
    return isinstance(item, ir.Return) and item.value is not None


def _try(pruning: Pruning, item: ir.Try) -> ir.Tree | None:
    body, orelse, final = (_seq(pruning, one) for one in (item.body, item.orelse, item.final))
    handlers = [ir.Except(one.classes, _seq(pruning, one.body)) for one in item.handlers]
    if not body.items and not orelse.items:
        return ir.Seq(final.items) if final.items else None
    if not may_raise(body) and not final.items:
        return ir.Seq([*body.items, *orelse.items])
    return ir.Try(body, handlers, orelse, final)


def may_raise(seq: ir.Seq) -> bool:
    """Whether anything in a sequence can raise in the explorer."""
    for item in seq.items:
        match item:
            case ir.Raise() | ir.Acquire() | ir.External() | ir.Send() | ir.Opaque() | ir.Commit():
                return True
            case ir.Atomic():
                if item.row_locks or any(getattr(step, "conflict", None) for step in item.steps):
                    return True
            case ir.Branch(then=then, orelse=orelse):
                if may_raise(then) or may_raise(orelse):
                    return True
            case ir.Loop(body=body) | ir.Frame(body=body):
                if may_raise(body):
                    return True
            case ir.Tx(body=body):
                if may_raise(body) or item.isolation == "serializable":
                    return True
            case ir.Try(body=body, orelse=orelse, final=final, handlers=handlers):
                if any(may_raise(one) for one in (body, orelse, final, *(h.body for h in handlers))):
                    return True
            case _:
                pass
    return False


def _atomic(pruning: Pruning, op: ir.Atomic) -> ir.Atomic | None:
    """Reads of nothing that is used go; the op itself stays the same object, candidates point to it."""
    steps = tuple(
        step
        for step in op.steps
        if not isinstance(step, ir.Get) or step.cell in pruning.cells or step.bind in pruning.used
    )
    if len(steps) != len(op.steps):
        pruning.has_changed = True
        op.steps = steps
    return op if steps or op.row_locks else None
