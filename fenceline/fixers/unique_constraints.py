"""Writing a unique constraint into the class of a model, and what its migration says."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from fenceline.analyzer.values import Model
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.model_facts import column_kind

_LONGEST = 60


def add_constraint(code: Code, model: Model, names: Sequence[str]) -> str:
    """Adds the constraint to the class, which is in this file; the note on the migration that it needs."""
    for name in names:
        if not column_kind(model, name):
            raise Refused(f"a constraint on {name} would not hold for rows without a value, or it is not seen")
    node = model.definition.node if model.definition is not None else None
    if node is None:
        raise Refused("the class of the rows is not seen")
    written = code.node_at(node.span, cst.ClassDef)
    label = f"unique_{model.label.lower()}_{'_'.join(names)}"[:_LONGEST].rstrip("_")
    kind = code.imported("django.db.models", "UniqueConstraint", written.body)
    fields = ", ".join(f'"{name}"' for name in names)
    constraint = f'{kind}(fields=[{fields}], name="{label}")'
    _write(code, written, constraint)
    plain = f'models.UniqueConstraint(fields=[{fields}], name="{label}")'
    return (
        f'migration: migrations.AddConstraint(model_name="{model.label.lower()}", constraint={plain}), '
        "once the table has no duplicates"
    )


def _write(code: Code, written: cst.ClassDef, constraint: str) -> None:
    meta = next((one for one in written.body.body if isinstance(one, cst.ClassDef) and one.name.value == "Meta"), None)
    if meta is None:
        fields = [one for one in code.block_of(_first(code, written)) if isinstance(one, cst.SimpleStatementLine)]
        lines = code.statements(f"class Meta:\n    constraints = [{constraint}]")
        lines[0] = lines[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        code.insert_after(fields[-1], *lines)
        return
    stated = next((one for one in _assigns(meta) if _name(one) == "constraints"), None)
    if any(_name(one) in {"abstract", "managed"} for one in _assigns(meta)):
        raise Refused("the table is not made from the class")
    if stated is None:
        block = code.block_of(_first(code, meta))
        code.insert_after(block[-1], *code.statements(f"constraints = [{constraint}]"))
    elif isinstance(stated.value, cst.List):
        last = stated.value.elements[-1:]
        if not last:
            code.replace(stated.value, code.expression(f"[{constraint}]"))
            return
        code.replace(stated.value, _longer(stated.value, code.expression(constraint)))
    else:
        raise Refused("the constraints of the class are not written as a list")


def _longer(stated: cst.List, new: cst.BaseExpression) -> cst.List:
    """The list with one element more, laid out as the others."""
    *before, last = stated.elements
    gap: cst.BaseParenthesizableWhitespace = stated.lbracket.whitespace_after
    if before and isinstance(before[-1].comma, cst.Comma):
        gap = before[-1].comma.whitespace_after
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        gap = cst.SimpleWhitespace(" ")
    opened = last.with_changes(comma=cst.Comma(whitespace_after=gap))
    return stated.with_changes(elements=[*before, opened, cst.Element(new, comma=last.comma)])


def _first(code: Code, written: cst.ClassDef) -> cst.BaseStatement:
    block = code.tree.siblings[written.body]
    return block[0]


def _assigns(meta: cst.ClassDef) -> list[cst.Assign]:
    lines = [one for one in meta.body.body if isinstance(one, cst.SimpleStatementLine)]
    return [small for one in lines for small in one.body if isinstance(small, cst.Assign)]


def _name(one: cst.Assign) -> str:
    target = one.targets[0].target
    return target.value if isinstance(target, cst.Name) else ""
