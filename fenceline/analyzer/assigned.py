"""What an assignment inside a function makes, found out beside the function: for attributes that are set elsewhere."""

from __future__ import annotations

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import annotated_value, param_value
from fenceline.analyzer.definitions import assignments
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.project import Definition
from fenceline.analyzer.values import Data, Known, Value

HELD = "held"
"""Under which the memo has what tells the thing that the project keeps in an attribute: see :func:`held_elsewhere`."""


def value_assigned(
    low: Lowering, owner: Definition, function: nodes.FunctionDef, statement: nodes.Assign, skipped: int
) -> Value:
    """The value of an assignment in a function, by what its parameters (but for the first) and local names are.

    ``owner`` is the class or function around it, in whose module names are looked up.
    """
    aside = low.aside(owner.module)
    for param in function.params[skipped:]:
        aside.state.env[param.name] = param_value(aside, param, owner, function.span, with_rows=False)
    _bind_before(aside, function, statement)
    if statement.annotation is not None:
        term = ir.Shared(f"{owner.module.name}.{owner.name}")
        known = annotated_value(aside, statement.annotation, owner, term, statement.span)
        if known is not None:
            return known
    return aside.evaluate(statement.value)


def _bind_before(aside: Lowering, function: nodes.FunctionDef, statement: nodes.Assign) -> None:
    """Binds the local names that a statement is made of, as assignments before it do: to things, if any of them is."""
    if not any(isinstance(one, nodes.Name) for one in walk(statement.value)):
        return
    for one in assignments(function.body):
        if one is statement:
            return
        for target in one.targets:
            if isinstance(target, nodes.Name) and one.value is not None:
                made = aside.evaluate(one.value)
                if target.id not in aside.state.env or not isinstance(made, Data):
                    aside.state.env[target.id] = made


def held_elsewhere(low: Lowering, holder: Value, name: str) -> Value | None:
    """What the project puts into ``….holder.name`` or ``….holder["name"]`` somewhere: a client in a state.

    Asked of a holder of which nothing is known but how it is written. None where the project puts nothing there that is
    known, or things of several kinds.
    """
    held = low.memo.get(HELD)
    last = last_name(holder)
    return held(last, name) if held is not None and last else None  # type: ignore[operator]


def last_name(value: Value) -> str:
    """The last name by which a value is reached, '' for what is reached by none."""
    term = value.term if isinstance(value, Data) else None
    if isinstance(value, Known):
        return value.definition.name.rpartition(".")[2]
    if term is None:
        qualified = getattr(value, "qualified", "")
        return str(qualified).rpartition(".")[2]
    match term:
        case ir.Apply(label=label, args=(_,)) if label.startswith("."):
            return label[1:]
        case ir.Arg(name=name):
            return name
        case ir.Shared(label=label):
            return label.rpartition(".")[2]
        case _:
            return ""
