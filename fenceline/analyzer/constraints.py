"""Unique constraints: which columns, for which rows, and how they are written in a class, a migration or SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.sql_conditions import read_conditions
from fenceline.analyzer.sql_tokens import nest, tokens_of

Place = tuple[nodes.Span, str]
"""Where something stands: the lines, and the file."""


@dataclass(frozen=True, slots=True)
class Test:
    """What a constraint asks of a row before it holds for it: ``state = 'open'``, ``ended IS NULL``."""

    column: str
    operator: str
    value: object
    is_negated: bool = False

    def holds(self, term: ir.Term | None) -> bool | None:
        """Whether a row with this value in the column meets it, None where that is not known."""
        if term is None and self.operator in _ORDERED:
            return False  # nothing is neither more nor less
        if not isinstance(term, ir.Const):
            return None
        found = _compared(self.operator, term.value, self.value)
        return found if found is None else found is not self.is_negated


_ORDERED = frozenset({"gt", "gte", "lt", "lte"})


def _compared(operator: str, left: object, right: object) -> bool | None:
    if operator == "isnull":
        return (left is None) is right
    if left is None:
        return False
    match operator:
        case "exact":
            return left == right
        case "in":
            return left in right if isinstance(right, tuple) else None
    if isinstance(left, int | float) and isinstance(right, int | float):
        return {"gt": left > right, "gte": left >= right, "lt": left < right, "lte": left <= right}.get(operator)
    return None


@dataclass(frozen=True, slots=True)
class Constraint:
    """At most one row that meets ``tests`` (None: which could not be read) has given values in ``columns``.

    ``folded``: columns that are compared without regard to case. ``takes_nulls``: rows without a value in one of the
    columns are compared as well (by the standard they are not). ``name`` is what a migration calls it by.
    """

    columns: frozenset[str]
    tests: tuple[Test, ...] | None = ()
    folded: frozenset[str] = frozenset()
    takes_nulls: bool = False
    name: str = ""
    place: Place | None = None

    def holds_for(self, given: Mapping[str, ir.Term]) -> bool | None:
        """Whether it holds for a row with these values, None where that is not known."""
        if not self.takes_nulls and any(given.get(one) == ir.Const(None) for one in self.columns):
            return False
        if self.tests is None:
            return None
        answers = [one.holds(given.get(one.column)) for one in self.tests]
        if False in answers:
            return False
        return None if None in answers else True


# ----------------------------------------------------------------------- reading


def unique_index(call: nodes.Call, path: str) -> Constraint | None:
    """The constraint that ``UniqueConstraint(…)`` or a unique ``Index(…)`` states, None for any other call."""
    kind = (dotted_name(call.func) or "").rsplit(".", 1)[-1]
    keywords = {one.name: one.value for one in call.keywords if one.name}
    given = list(call.args)
    name = text_of(keywords.get("name")) or ""
    if kind == "Index" and is_true(keywords.get("unique")):
        name = (text_of(given[0]) if given else "") or name
        given = given[1:]
    elif kind == "ExclusionConstraint":
        pairs = items_of(keywords.get("expressions"))
        return _made([one.items[0] for one in pairs if isinstance(one, nodes.Sequence)], None, name, call, path)
    elif kind != "UniqueConstraint":
        return None
    if "fields" in keywords:
        given = items_of(keywords["fields"])
    return _made(given, conditions_in(keywords), name, call, path, takes_nulls=_counts_nulls(keywords))


def _counts_nulls(keywords: Mapping[str, nodes.Expr]) -> bool:
    distinct = keywords.get("nulls_distinct")
    if isinstance(distinct, nodes.Literal) and distinct.value is False:
        return True
    return is_true(keywords.get("postgresql_nulls_not_distinct"))


def _made(
    given: Sequence[nodes.Expr],
    tests: tuple[Test, ...] | None,
    name: str,
    call: nodes.Call,
    path: str,
    *,
    takes_nulls: bool = False,
) -> Constraint | None:
    columns = [columns_of(one) for one in given]
    if not columns or not all(columns):
        return None
    folded = frozenset(found for one, names in zip(given, columns, strict=True) if folds(one) for found in names)
    everything = frozenset(found for names in columns for found in names)
    return Constraint(everything, tests, folded, takes_nulls, name, (call.span, path))


def columns_of(node: nodes.Expr) -> list[str]:
    """The columns of one part of an index: a name, ``Model.name``, an expression over them (``Lower("email")``)."""
    match node:
        case nodes.Literal(value=str(value)):
            return [value.lstrip("-")]
        case nodes.Name(id=name):
            return [name]
        case nodes.Attribute(value=nodes.Name(), attr=name):
            return [name] if name != "c" else []
        case nodes.Attribute(value=nodes.Attribute(attr="c"), attr=name):
            return [name]
        case nodes.Call(func=nodes.Attribute(value=inner, attr="desc" | "asc")):
            return columns_of(inner)
        case nodes.Call(args=args) if args:
            found = [
                columns_of(one) for one in args if not isinstance(one, nodes.Literal) or isinstance(one.value, str)
            ]
            return [name for one in found for name in one] if all(found) else []
        case nodes.Sequence(items=items):
            found = [columns_of(one) for one in items]
            return [name for one in found for name in one] if all(found) else []
    return []


def folds(node: nodes.Expr) -> bool:
    """``Lower("email")``, ``func.lower(User.email)``."""
    if not isinstance(node, nodes.Call):
        return False
    return (dotted_name(node.func) or "").rsplit(".", 1)[-1].lower() in {"lower", "upper"}


_CONDITIONS = ("condition", "postgresql_where", "sqlite_where")


def conditions_in(keywords: Mapping[str, nodes.Expr]) -> tuple[Test, ...] | None:
    """What the keywords of a constraint or an index say of the rows that it is for; () for all of them."""
    stated = [keywords[one] for one in _CONDITIONS if one in keywords]
    return tests_of(stated[0]) if stated else ()


def tests_of(node: nodes.Expr) -> tuple[Test, ...] | None:
    """``Q(owner__isnull=True) & ~Q(state="open")``, ``ended.is_(None)``, ``text("ended IS NULL")`` as tests."""
    match node:
        case nodes.BinOp(left=left, op="&", right=right):
            return _joined([tests_of(left), tests_of(right)])
        case nodes.BoolOp(op="and", values=values):
            return _joined([tests_of(one) for one in values])
        case nodes.UnaryOp(op="~" | "not", operand=operand):
            inner = tests_of(operand)
            if inner is None or len(inner) != 1:
                return None
            return (Test(inner[0].column, inner[0].operator, inner[0].value, not inner[0].is_negated),)
        case nodes.Compare(left=left, ops=[("==" | "!=") as op], comparators=[right]):
            value, column = constant_of(right), columns_of(left)
            return (_equal(column[0], value, op == "!="),) if len(column) == 1 and value is not ... else None
        case nodes.Call(func=nodes.Attribute(value=of, attr=("is_" | "is_not" | "isnot") as verb), args=[argument]):
            value, column = constant_of(argument), columns_of(of)
            return (_equal(column[0], value, verb != "is_"),) if len(column) == 1 and value is not ... else None
        case nodes.Call(func=func, args=[nodes.Literal(value=str(text))]) if _last(func) == "text":
            return tests_in_sql(text)
        case nodes.Literal(value=str(text)):
            return tests_in_sql(text)
        case nodes.Call(func=func, args=args, keywords=keywords) if _last(func) == "Q":
            named = [_look_up(one.name, constant_of(one.value)) for one in keywords if one.name]
            return _joined([*map(tests_of, args), *named]) if len(named) == len(keywords) else None
        case nodes.Name() | nodes.Attribute() if columns_of(node):
            return (Test(columns_of(node)[0], "exact", True),)
    return None


def _last(func: nodes.Expr) -> str:
    return (dotted_name(func) or "").rsplit(".", 1)[-1]


def _joined(parts: Iterable[tuple[Test, ...] | None]) -> tuple[Test, ...] | None:
    found: list[Test] = []
    for one in parts:
        if one is None:
            return None
        found.extend(one)
    return tuple(found)


def _equal(column: str, value: object, is_negated: bool) -> Test:
    return Test(column, "isnull", True, is_negated) if value is None else Test(column, "exact", value, is_negated)


_LOOK_UPS = _ORDERED | {"exact", "isnull", "in"}


def _look_up(name: str, value: object) -> tuple[Test, ...] | None:
    column, _, operator = name.partition("__")
    if value is ... or (operator and operator not in _LOOK_UPS):
        return None
    if operator in {"", "exact"}:
        return (_equal(column, value, False),)
    return (Test(column, operator, value),)


def tests_in_sql(text: str) -> tuple[Test, ...] | None:
    """The condition of a partial index as tests, None when some of it could not be read."""
    tokens = tokens_of(text)
    nested = nest(tokens) if tokens is not None else None
    return tests_in_tokens(nested) if nested is not None else None


_SQL = {"=": "exact", "<>": "exact", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def tests_in_tokens(parts: Sequence[object]) -> tuple[Test, ...] | None:
    """The same of a condition that is nested tokens already."""
    found, has_others = read_conditions(parts, None, lambda _: None)  # type: ignore[arg-type]
    made: list[Test] = []
    for column, operator, value in found:
        if operator in {"is", "is not"} and value.text == "null":
            made.append(Test(column, "isnull", True, operator == "is not"))
        elif operator in {"is", "is not"} and value.constant is not None:
            made.append(Test(column, "exact", value.constant, operator == "is not"))
        elif operator in _SQL and value.kind == "constant" and value.constant is not None:
            made.append(Test(column, _SQL[operator], value.constant, operator == "<>"))
        else:
            return None
    return None if has_others else tuple(made)


# --------------------------------------------------------------------- constants


def items_of(node: nodes.Expr | None) -> list[nodes.Expr]:
    """The items of a display, of several added, or the one call that stands for it."""
    if isinstance(node, nodes.Sequence):
        return node.items
    if isinstance(node, nodes.BinOp):
        return [*items_of(node.left), *items_of(node.right)]
    return [node] if isinstance(node, nodes.Call) else []


def texts_of(node: nodes.Expr | None) -> list[str]:
    """The strings (or names) of a display, [] when something else is in it."""
    if isinstance(node, nodes.Literal):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, nodes.Name):
        return [node.id]
    if isinstance(node, nodes.Sequence):
        return [t for one in node.items for t in texts_of(one)] if all(texts_of(one) for one in node.items) else []
    return []


def text_of(node: nodes.Expr | None) -> str | None:
    """A constant string, also one that a call only marks (``op.f("ix_name")``, ``text("…")``)."""
    if isinstance(node, nodes.Call) and len(node.args) == 1:
        return text_of(node.args[0])
    return node.value if isinstance(node, nodes.Literal) and isinstance(node.value, str) else None


def constant_of(node: nodes.Expr | None) -> object:
    """The value of a constant or of a display of constants (a tuple), ``...`` for anything else."""
    if isinstance(node, nodes.Literal):
        return node.value
    if isinstance(node, nodes.Sequence):
        values = tuple(constant_of(one) for one in node.items)
        return ... if ... in values else values
    if isinstance(node, nodes.Call) and not node.args and _last(node.func) in {"true", "false"}:
        return _last(node.func) == "true"
    return ...


def is_true(node: nodes.Expr | None) -> bool:
    """Whether an argument is the constant True."""
    return isinstance(node, nodes.Literal) and node.value is True
