"""How FEN308 (stale-payload) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower_state import Carried, Fact
from fenceline.analyzer.values import Model
from fenceline.queries.proposal import Proposal, told_step, weakest

TASKS = frozenset({"task", "job"})
"""What is sent to a function of ours; an event or a stream entry says what was."""


def query(flow: Flow) -> Iterator[Proposal]:
    """Instances in tasks, and columns in tasks that the receiver writes back."""
    for fact in flow.lowered.facts:
        if fact.kind == "send" and fact.op in flow.places and fact.hint in TASKS:
            carried = next((one for one in fact.carried if not _is_harmless(flow, fact, one)), None)
            if carried is not None:
                yield _instance(flow, fact, carried)
            else:
                yield from _written_back(flow, fact)


# -------------------------------------------------------------------- instances


def _instance(flow: Flow, fact: Fact, carried: Carried) -> Proposal:
    model = carried.row.model.label
    read = _read_of(flow, carried.row.snapshot)
    received = told_step("B", fact.op, "receive", "as it was sent", text=_receipt(fact))
    steps = [] if read is None else [told_step("A", read.op, "read")]
    return Proposal(
        message=f"{_sent(fact)} carries a row of {model}: its worker gets it as it was at the sending",
        key=f"{fact.target}|{model}",
        span=fact.op.span,
        path=fact.op.path,
        evidence=fact.evidence if read is None else weakest(fact, read),
        related=[] if read is None else [(read.op.span, read.op.path, "the row is from here")],
        pair=frozenset({(fact.op, "payload")}),
        severity=Severity.WARNING,
        trace=(*steps, told_step("A", fact.op, "send", f"carries the row of {model}"), received),
        acts=(fact.op,),
        premise="a run (A) sends a row, and a worker (B) takes it later",
        consequence="what has been saved to the row in between is not in it",
    )


def _read_of(flow: Flow, snapshot: str) -> Fact | None:
    rows = (one for one in flow.lowered.facts if one.row is not None and one.row.snapshot == snapshot)
    return next((one for one in rows if one.op in flow.places), None)


def _sent(fact: Fact) -> str:
    assert isinstance(fact.op, ir.Send)
    return fact.op.what or fact.target


def _receipt(fact: Fact) -> str:
    assert isinstance(fact.op, ir.Send)
    return f"{fact.op.what or 'the task'} runs"


def _is_harmless(flow: Flow, fact: Fact, carried: Carried) -> bool:
    """Whether the receiver needs no more of the row than its key, or can have no more: it is being deleted."""
    is_gone = flow.entry.word("row") == "deleted" and carried.row.origin == "entry"
    return is_gone or _is_only_named(fact, carried)


def _is_only_named(fact: Fact, carried: Carried) -> bool:
    """Whether the receiver takes nothing from the instance but its key, or reads it again before all else."""
    if not isinstance(fact.runs, nodes.FunctionDef):
        return False
    param = _param(fact.runs, carried.place)
    if param is None:
        return False
    return _is_key_only(fact.runs.body, param, carried) or _is_replaced_first(fact.runs, param, carried)


def _is_key_only(part: object, param: str, carried: Carried) -> bool:
    """Whether a piece of code asks the parameter for nothing but its key, or names it where a key is wanted."""
    inside = walk(part)
    names = [one for one in inside if isinstance(one, nodes.Name) and one.id == param]
    keys = [one for one in inside if _is_asked(one, param) and _is_key(carried.row.model, getattr(one, "attr", ""))]
    calls = [one for one in inside if isinstance(one, nodes.Call) and _last(one.func) in carried.keyed]
    given = [one.value for call in calls for one in call.keywords if one.name]
    return len(names) == len(keys) + sum(isinstance(one, nodes.Name) and one.id == param for one in given)


def _last(func: nodes.Expr) -> str:
    return func.attr if isinstance(func, nodes.Attribute) else func.id if isinstance(func, nodes.Name) else ""


def _is_asked(one: nodes.Node, param: str) -> bool:
    return isinstance(one, nodes.Attribute) and isinstance(one.value, nodes.Name) and one.value.id == param


def _is_replaced_first(node: nodes.FunctionDef, param: str, carried: Carried) -> bool:
    """``order = Order.objects.get(pk=order.pk)``, or ``order.refresh_from_db()``, before all else is taken from it."""
    for statement in _in_order(node.body):
        match statement:
            case nodes.Assign(targets=[nodes.Name(id=name)], value=value) if name == param:
                return _is_key_only(value, param, carried)
            case nodes.ExprStmt(value=nodes.Call(func=nodes.Attribute(value=nodes.Name(id=name), attr=method))):
                if name == param and method in carried.reread:
                    return True
            case _:
                pass
        if not _is_key_only(statement, param, carried):
            return False
    return False


def _in_order(body: list[nodes.Stmt]) -> Iterator[nodes.Stmt]:
    """The statements that are run one after the other, those that are only tried too, up to the first that fails."""
    for statement in body:
        if isinstance(statement, nodes.Try):
            yield from _in_order(statement.body)
        else:
            yield statement


def _is_key(model: Model, name: str) -> bool:
    return model.schema.is_key(name) if model.schema is not None else name in {"pk", "id"}


def _param(node: nodes.FunctionDef, place: int | str | None) -> str | None:
    """The parameter that gets an argument."""
    if isinstance(place, str):
        return place if any(one.name == place for one in node.params) else None
    params = [one.name for one in node.params if one.kind == "positional"]
    return params[place] if place is not None and place < len(params) else None


# ---------------------------------------------------------------------- columns


def _written_back(flow: Flow, fact: Fact) -> Iterator[Proposal]:
    """Values as they were read, that the receiver writes to where they are from."""
    if not isinstance(fact.runs, nodes.FunctionDef):
        return
    for place, term in enumerate(fact.arguments):
        source, step = flow.binders.get(term.name, (None, None)) if isinstance(term, ir.Var) else (None, None)
        read = next((one for one in flow.lowered.facts if one.op is source and one.model is not None), None)
        param = _param(fact.runs, place)
        if not isinstance(step, ir.Get) or step.cell.field is None or read is None or read.model is None or not param:
            continue
        for writer in flow.writers_of(read.model, frozenset({step.cell.field})):
            if writer.flow.lowered.node is fact.runs and _puts(writer.op, step.cell.field, param):
                yield _column(fact, read, f"{read.model.label}.{step.cell.field}", writer.op)
                break


def _puts(op: ir.Op, column: str, param: str) -> bool:
    """Whether an op overwrites a column with an argument, whatever the column holds by then."""
    for step in op.steps if isinstance(op, ir.Atomic) else ():
        if isinstance(step, ir.Put) and step.cell.field == column and step.value == ir.Arg(param):
            return True
        if isinstance(step, ir.CompareAndSet) and all(cell.is_bag for cell, _ in step.expect) and step.guard is None:
            if any(cell.field == column and value == ir.Arg(param) for cell, value in step.writes):
                return True
    return False


def _column(fact: Fact, read: Fact, column: str, write: ir.Op) -> Proposal:
    return Proposal(
        message=f"{_sent(fact)} is sent with {column} as it was read, and writes it back: what was saved in between "
        "is overwritten",
        key=f"{fact.target}|{column}",
        span=fact.op.span,
        path=fact.op.path,
        evidence=weakest(fact, read),
        related=[(write.span, write.path, "written back here"), (read.op.span, read.op.path, "read here")],
        pair=frozenset({(fact.op, "payload")}),
        trace=(
            told_step("A", read.op, "read"),
            told_step("A", fact.op, "send", f"carries {column}"),
            told_step("B", write, "write", "what it was at the sending"),
        ),
        acts=(fact.op,),
        premise="a run (A) sends what it has read, and a worker (B) writes it back later",
        consequence=f"what was saved to {column} in between is gone",
    )
