"""Making the query that reads a row lock it: how each of the object mappers spells that."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.project import Definition
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.positions import walk
from fenceline.fixers.scopes import dotted

_ONE = {"get", "first", "last", "earliest", "latest", "one", "one_or_none", "get_or_404", "first_or_404", "one_or_404"}
_ONE |= {"get_or_none", "scalar", "scalar_one", "all", "iterator"}
_REFINES = {"filter", "exclude", "get", "all", "first", "last", "order_by", "only", "defer", "earliest", "latest"}
_REFINES |= {"select_related", "prefetch_related", "using", "filter_by", "where", "options", "limit"}
_UNLOCKABLE = {"distinct", "annotate", "aggregate", "union", "intersection", "difference", "extra", "raw", "dates"}
_UNLOCKABLE |= {"group_by", "having", "exists", "count", "join", "outerjoin", "from_statement", "datetimes", "alias"}
_MADE_HERE = repr(ir.Apply("session", (ir.Const(""),)))[:-5]
_LOCKS = {"select_for_update", "with_for_update", "for_update"}
_PICKS = {"first", "last", "earliest", "latest"}
_ROWS = "rows_of_fenceline"
_EAGER = {"joinedload", "contains_eager"}


@dataclass(slots=True, eq=False)
class LockedRead:
    """What was done: the node of the reading call, and what a person has to look at."""

    call: cst.BaseExpression
    doubts: list[str] = field(default_factory=list)
    database: cst.BaseExpression | None = None  # the one that the query names


def lock_read(subject: Subject, code: Code, op: ir.Op) -> LockedRead:
    """Rewrites the query so that it locks the rows that it reads. Raises Refused where that cannot be said so."""
    fact = subject.fact_of(op)
    if fact is None or fact.model is None or fact.entry:
        raise Refused("the row is handed in: it has to be locked where it is loaded")
    call = code.node_at(op.span, cst.Call, cst.Await, cst.Attribute)
    if isinstance(call, cst.Await):
        call = call.expression
    if not isinstance(call, cst.Call):
        raise Refused("the rows are read by something other than a call")
    found = LockedRead(call)
    names = {dotted(one.func).rpartition(".")[2] or _method(one) for one in walk(call) if isinstance(one, cst.Call)}
    found.database = _using(call)
    if names & _LOCKS or any(one.keyword is not None and one.keyword.value in _LOCKS for one in call.args):
        return found
    odd = sorted(names & (_UNLOCKABLE | _EAGER))
    if odd:
        raise Refused(f"a query with {odd[0]}() cannot lock its rows on every database")
    if any(isinstance(one, cst.Subscript) for one in walk(call.func)):
        raise Refused("a slice of a query cannot be locked on every database")
    if _picks_one(call, fact):
        found.doubts.append("who waited for the row may be told that there is none, though others are left")
    match fact.model.store:
        case "django" | "tortoise":
            _lock_queryset(subject, code, call, fact, found)
        case "sqlalchemy":
            _lock_statement(subject, code, call, fact)
        case store:
            raise Refused(f"how {store} locks a row is not known")
    return found


def _method(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""


def _picks_one(call: cst.Call, fact: Fact) -> bool:
    """Whether one of several rows is taken: after the wait, the database looks at that one again, and at no other."""
    if _method(call).removeprefix("a") not in _PICKS:
        return False
    schema = fact.model.schema if fact.model is not None else None
    asked = {
        schema.plain(arg.keyword.value) if schema is not None else arg.keyword.value
        for one in walk(call)
        if isinstance(one, cst.Call)
        for arg in one.args
        if arg.keyword is not None
    }
    if asked & {"pk", "id"} or any("id" in dotted(one).split(".") for one in walk(call)):
        return False
    return schema is None or not any(one <= asked for one in schema.unique)


# ------------------------------------------------------------- Django and Tortoise


def _lock_queryset(subject: Subject, code: Code, call: cst.Call, fact: Fact, found: LockedRead) -> None:
    related = _related(call) or (bool(fact.row.joins) if fact.row is not None else False)
    if related:
        found.doubts.append("`of` is refused by MariaDB, and by MySQL before 8")
    suffix = '.select_for_update(of=("self",))' if related else ".select_for_update()"
    rows = _first_argument(call) if not isinstance(call.func, cst.Attribute) or _is_helper(subject, call) else None
    if rows is not None:
        _replace_rows(subject, code, rows, suffix)
        return
    if not isinstance(call.func, cst.Attribute):
        raise Refused("the query is made by a function of the project")
    method = call.func.attr.value
    if method.removeprefix("a") not in _ONE and method not in _ONE | _REFINES:
        raise Refused(f"{method}() is no query that could lock what it reads")
    receiver = _lockable(call)
    if fact.model is not None and fact.model.store == "tortoise" and _is_class(subject, receiver):
        method_of_class = f"{code.source(receiver)}{suffix}"
        code.replace(receiver, code.expression(method_of_class))
        return
    code.replace(receiver, _with_suffix(code, receiver, suffix))


def _with_suffix(code: Code, receiver: cst.BaseExpression, suffix: str) -> cst.BaseExpression:
    """``receiver.select_for_update()``, the dots where those of a chain that spans lines are."""
    gap = _gap(code, receiver) or cst.SimpleWhitespace("")
    locked = cst.Expr(cst.parse_expression(f"{_ROWS}{suffix}")).visit(_Chain(receiver, gap))
    assert isinstance(locked, cst.Expr)
    return locked.value


class _Chain(cst.CSTTransformer):
    """Puts what is locked before the methods, and the dots where those of the chain are."""

    def __init__(self, rows: cst.BaseExpression, gap: cst.BaseParenthesizableWhitespace) -> None:
        super().__init__()
        self.rows = rows
        self.gap = gap

    def leave_Attribute(  # noqa: N802 - libcst calls it by name
        self,
        original_node: cst.Attribute,  # noqa: ARG002
        updated_node: cst.Attribute,
    ) -> cst.Attribute:
        is_first = isinstance(updated_node.value, cst.Name) and updated_node.value.value == _ROWS
        value = self.rows.deep_clone() if is_first else updated_node.value
        return updated_node.with_changes(value=value, dot=cst.Dot(whitespace_before=self.gap))


def _gap(code: Code, receiver: cst.BaseExpression) -> cst.ParenthesizedWhitespace | None:
    """What stands before the dots of the chain that the receiver is in, where that is a new line."""
    above = code.parent(receiver)
    last = receiver.func if isinstance(receiver, cst.Call) else receiver
    for one in (above, last):
        if isinstance(one, cst.Attribute) and isinstance(one.dot.whitespace_before, cst.ParenthesizedWhitespace):
            return one.dot.whitespace_before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    return None


def _lockable(call: cst.Call) -> cst.BaseExpression:
    """The manager that a chain of plain queries begins with, else what the last method is called on."""
    assert isinstance(call.func, cst.Attribute)
    last = receiver = call.func.value
    names = {call.func.attr.value}
    while isinstance(receiver, cst.Call) and isinstance(receiver.func, cst.Attribute):
        names.add(receiver.func.attr.value)
        receiver = receiver.func.value
    is_plain = all(name in _REFINES or name.removeprefix("a") in _ONE for name in names)
    return receiver if is_plain and isinstance(receiver, cst.Attribute) and "_related" not in str(names) else last


def _replace_rows(subject: Subject, code: Code, rows: cst.Arg, suffix: str) -> None:
    """``get_object_or_404(Model, …)`` takes a query as well as a class."""
    if _is_class(subject, rows.value):
        manager = _default_manager(subject, rows.value)
        code.replace(rows.value, code.expression("{model}." + manager + suffix, model=rows.value))
    else:
        code.replace(rows.value, code.expression("{rows}" + suffix, rows=rows.value))


def _default_manager(subject: Subject, name: cst.BaseExpression) -> str:
    """The attribute of the class whose rows the function would have taken."""
    found = subject.project.resolve(subject.module, dotted(name))
    fact = next((one for one in subject.facts("row.read") if one.model and one.model.definition == found), None)
    schema = fact.model.schema if fact is not None and fact.model is not None else None
    managers = list(schema.managers) if schema is not None else []
    if schema is None or not schema.is_complete:
        return "_default_manager"
    return managers[0] if managers else "objects"


def _is_class(subject: Subject, node: cst.BaseExpression) -> bool:
    found = subject.project.resolve(subject.module, dotted(node)) if dotted(node) else None
    return isinstance(found, Definition) and found.kind == "class"


def _is_helper(subject: Subject, call: cst.Call) -> bool:
    """Whether a function of a module is called (``shortcuts.get_object_or_404``), not a method."""
    name = dotted(call.func)
    return name.rpartition(".")[2] in {"get_object_or_404", "aget_object_or_404"} and bool(subject)


def _first_argument(call: cst.Call) -> cst.Arg | None:
    name = dotted(call.func).rpartition(".")[2]
    if name in {"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"}:
        plain = [one for one in call.args if one.star == "" and one.keyword is None]
        if plain and plain[0] is call.args[0]:
            return plain[0]
    if name == "list" and len(call.args) == 1 and call.args[0].star == "":
        return call.args[0]
    return None


def _related(call: cst.Call) -> bool:
    """Whether rows of other tables are read along, some of which may be missing."""
    return any(isinstance(one, cst.Attribute) and one.attr.value == "select_related" for one in walk(call))


def _using(call: cst.Call) -> cst.BaseExpression | None:
    for one in walk(call):
        if isinstance(one, cst.Call) and isinstance(one.func, cst.Attribute) and one.func.attr.value == "using":
            if len(one.args) != 1 or not isinstance(one.args[0].value, cst.SimpleString):
                raise Refused("of which database the row is cannot be read")
            return one.args[0].value
    return None


# ------------------------------------------------------------------- SQLAlchemy


def _lock_statement(subject: Subject, code: Code, call: cst.Call, fact: Fact) -> None:
    if fact.row is None or fact.model is None:
        raise Refused("which rows are read cannot be told")
    if not isinstance(call.func, cst.Attribute):
        raise Refused("the query is made by a function of the project")
    anew = not _is_own_session(subject, fact) and not _is_of_columns(subject, call)
    method = call.func.attr.value
    positional = [one for one in call.args if one.keyword is None and one.star == ""]
    if method in {"get", "get_one", "get_or_404"} and len(positional) >= 2:
        code.add_arguments(call, "with_for_update=True" + (", populate_existing=True" if anew else ""))
    elif method in {"execute", "scalars", "scalar", "stream_scalars", "stream", "exec"} and positional:
        rows = positional[0].value
        if not _is_statement(subject, code, rows):
            raise Refused("the statement is made elsewhere")
        options = ".execution_options(populate_existing=True)" if anew else ""
        code.replace(rows, _with_suffix(code, rows, f".with_for_update(){options}"))
    elif method in _ONE:
        receiver = call.func.value
        code.replace(
            receiver, _with_suffix(code, receiver, (".populate_existing()" if anew else "") + ".with_for_update()")
        )
    else:
        raise Refused(f"{method}() is no query that could lock what it reads")


def _is_statement(subject: Subject, code: Code, rows: cst.BaseExpression) -> bool:
    """Whether it is a ``select(…)`` with what follows, or a name for one in the function."""
    inner = rows
    while isinstance(inner, cst.Call) and isinstance(inner.func, cst.Attribute):
        inner = inner.func.value
    del subject, code
    return isinstance(inner, cst.Call | cst.Name)


def _is_of_columns(subject: Subject, call: cst.Call) -> bool:
    """Whether single columns are read: what the session remembers of the row does not stand in for them."""
    made = [
        one
        for one in walk(call)
        if isinstance(one, cst.Call) and dotted(one.func).rpartition(".")[2] in {"select", "query"}
    ]
    asked = [arg.value for one in made for arg in one.args]
    return bool(asked) and all(isinstance(one, cst.Attribute) and not _is_class(subject, one) for one in asked)


def _is_own_session(subject: Subject, fact: Fact) -> bool:
    """Whether the session begins in this function: then no row can have been read into it before."""
    reads = [one for one in subject.facts("row.read") if one.model == fact.model]
    session = fact.row.session if fact.row is not None else ""
    return bool(reads) and reads[0].op is fact.op and session.startswith(_MADE_HERE)
