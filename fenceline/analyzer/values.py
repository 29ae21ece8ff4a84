"""What a Python expression stands for while a function is lowered.

Most are :class:`Data`, an uninterpreted term. The others are the things that hazards are about: clients and locks
(:class:`Instance`), rows in memory (:class:`Row`), queries not yet sent (:class:`Query`), and what can be called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.nodes import FunctionDef, Lambda, Span
from fenceline.analyzer.value_classes import value_class

if TYPE_CHECKING:
    from fenceline.analyzer.models import Operation
    from fenceline.analyzer.project import Definition, ModuleInfo
    from fenceline.analyzer.schema import Schema


@value_class(frozen=True, slots=True)
class Data:
    """A value of which only the term is known.

    guard: its truth, where that is better known than ``IsTrue(term)``. size: it is a number that is zero exactly when
    this guard is false (``len``, ``count``). column: the SQL column that a term with Old() in it speaks of, ``model``
    the mapped class that was named with it.
    absent: when it is None, where that is better known than ``IsAbsent(term)``.
    """

    term: ir.Term
    guard: ir.Guard | None = None
    size: ir.Guard | None = None
    column: str | None = None
    lookups: tuple[Lookup, ...] = ()
    model: Model | None = None
    absent: ir.Guard | None = None

    def __post_init__(self) -> None:
        term = self.term
        if type(term) is ir.Apply and term.size > LARGEST_TERM:
            object.__setattr__(self, "term", summarised(term))


LARGEST_TERM = 48
"""Terms of more nodes are summarised."""


def summarised(term: ir.Apply) -> ir.Term:
    """A function of the same names, arguments and columns: all that a large term can be asked for.

    Equal terms stay equal, and what it depends on stays known; without this, values that are built up step by step
    would grow with every step.
    """
    leaves: dict[ir.Term, None] = {}
    todo: list[ir.Term] = [term]
    while todo:
        one = todo.pop()
        if isinstance(one, ir.Apply):
            todo.extend(reversed(one.args))
        elif not isinstance(one, ir.Const | ir.Shared):
            leaves[one] = None
    return ir.Apply(f"expression {term.digest:08x}", tuple(leaves)[:LARGEST_TERM])


@value_class(frozen=True, slots=True)
class External:
    """A name outside the project (``redis.Redis``, ``django.db.models``)."""

    qualified: str


@value_class(frozen=True, slots=True)
class Instance:
    """An object of a modelled type; ``ident`` tells two of them apart; ``parts`` is what its constructor was given."""

    type_id: str
    ident: ir.Term
    parts: Mapping[str, Value] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.type_id, self.ident))


@value_class(frozen=True, slots=True)
class Origin:
    """Where a lock was made, and the parameter there that says when it expires ('' for none), with its unit.

    ``place`` is that of the parameter among the positional ones, None where it is not known.
    It is no part of what two locks are compared by: all origins are equal.
    """

    span: Span = field(compare=False)
    path: str = field(compare=False)
    expiry: str = field(compare=False, default="")
    unit: str = field(compare=False, default="s")
    place: int | None = field(compare=False, default=None)


@value_class(frozen=True, slots=True)
class Known:
    """A class, function or module of the project."""

    definition: Definition


@value_class(frozen=True, slots=True, eq=False)
class Closure:
    """A function written in the project, with the names that it sees and, for a method, its receiver."""

    node: FunctionDef | Lambda
    module: ModuleInfo
    env: Mapping[str, Value]
    name: str
    receiver: Value | None = None
    owner: Definition | None = None
    is_decorated: bool = True


@value_class(frozen=True, slots=True, eq=False)
class Method:
    """A modelled method, not called yet."""

    receiver: Value
    operation: Operation


@value_class(frozen=True, slots=True, eq=False)
class Partial:
    """``functools.partial``."""

    func: Value
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]


@value_class(frozen=True, slots=True, eq=False)
class Guarded:
    """A function whose body runs inside a context: what ``@transaction.atomic`` or a lock used as decorator makes."""

    context: Value
    inner: Value


@value_class(frozen=True, slots=True, eq=False)
class Object:
    """An instance of a project class that is no mapped model."""

    definition: Definition
    ident: ir.Term
    attributes: Mapping[str, Value] = field(default_factory=dict)


@value_class(frozen=True, slots=True)
class Super:
    """``super()``: the receiver, and the class whose bases come next."""

    receiver: Value
    owner: Definition


@value_class(frozen=True, slots=True)
class Items:
    """A tuple, list or set display."""

    items: tuple[Value, ...]
    kind: str = "tuple"
    count: ir.Term | None = None  # how many there are, where the path decides that


@value_class(frozen=True, slots=True, eq=False)
class Fields:
    """A dict display or ``**kwargs``; ``is_open`` when there may be more in it."""

    items: Mapping[str, Value]
    is_open: bool = False


@value_class(frozen=True, slots=True)
class Model:
    """A mapped class or an SQL table. ``store`` is the family; ``by_shape`` when the class itself was not found."""

    name: str
    store: str
    schema: Schema | None = field(default=None, compare=False)
    definition: Definition | None = field(default=None, compare=False)
    by_shape: bool = field(default=False, compare=False)
    is_table: bool = field(default=False, compare=False)

    @property
    def label(self) -> str:
        """The name without its module."""
        return self.name.rsplit(".", 1)[-1]


@value_class(frozen=True, slots=True)
class Lookup:
    """One condition of a query: field, operator ('exact', 'gte', …), the term compared with."""

    column: str
    operator: str
    term: ir.Term
    negated: bool = False


@value_class(frozen=True, slots=True)
class Query:
    """A queryset, a manager, a select: rows not read yet.

    lock: '' or how rows are locked when it is evaluated ('wait', 'skip', 'nowait').
    kind: 'rows' | 'values' (rows as data) | 'insert' | 'update' | 'delete' (statements).
    cached: the row and guard of its evaluation, when it has been evaluated (the result is not read again).
    is_partial: it leaves columns out, which the rows then neither have nor save.
    """

    model: Model
    type_id: str
    lookups: tuple[Lookup, ...] = ()
    lock: str = ""
    kind: str = "rows"
    columns: tuple[str, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    conflict: str = ""
    is_fresh: bool = False
    is_ordered: bool = False
    session: str = ""
    is_flat: bool = False
    joins: tuple[str, ...] = ()
    is_partial: bool = False

    def refined(self, *lookups: Lookup) -> Query:
        """The same query with more conditions."""
        return replace(self, lookups=self.lookups + lookups)


@value_class(frozen=True, slots=True)
class Row:
    """A row in memory: a snapshot. Its fields live in the state under ``snapshot``; the row is named by ``key``.

    absent: the guard under which there is no such row (None for a row that is surely there).
    origin: 'loaded' | 'entry' (parameter or self) | 'created' (in this run) | 'each' (element of a queryset).
    is_below_lock: it was read under a lock on the row that it belongs to.
    is_partial: it was read without some of its columns, and a save of it leaves these alone.
    """

    model: Model
    key: ir.Term
    snapshot: str
    absent: ir.Guard | None = None
    origin: str = "loaded"
    lock: str = ""
    session: str = ""
    joins: tuple[str, ...] = ()
    is_below_lock: bool = False
    is_partial: bool = False


@value_class(frozen=True, slots=True)
class Rows:
    """A list made from an evaluated query: its one symbolic element."""

    query: Query
    row: Row


@value_class(frozen=True, slots=True)
class Result:
    """What a session or cursor returned for a statement: rows to fetch (``held``: read already), or a count."""

    query: Query | None
    count: Data | None = None
    type_id: str = ""
    held: Value | None = None


@value_class(frozen=True, slots=True, eq=False)
class Table:
    """The class of a mapped model as a value: its attributes are columns and managers."""

    model: Model


Value = (
    Data
    | External
    | Instance
    | Known
    | Closure
    | Method
    | Partial
    | Guarded
    | Object
    | Super
    | Items
    | Fields
    | Query
    | Row
    | Rows
    | Result
    | Table
)

NONE = Data(ir.Const(None))
TRUE = Data(ir.Const(True))
ORIGIN = "=origin"
"""A part of a lock: a constant that is its :class:`Origin`."""
DERIVED = "derived"
"""A part of an instance whose class the project derives from one of a library."""
INFERRED = "=inferred"
"""A part of an instance whose type another inference has found, and of what its methods make: less sure than ours."""


def is_plain(value: Value) -> bool:
    """Whether a value is data all through: a term, or a display of such."""
    if isinstance(value, Items):
        return all(map(is_plain, value.items)) and value.count is None
    if isinstance(value, Fields):
        return all(map(is_plain, value.items.values()))
    return isinstance(value, Data)


def absent_of(value: Value) -> ir.Guard:
    """The guard ``value is None``."""
    if isinstance(value, Row):
        return value.absent or ir.IsTrue(ir.Const(False))
    if isinstance(value, Data):
        if isinstance(value.term, ir.Const):
            return ir.IsTrue(ir.Const(value.term.value is None))
        return value.absent or ir.IsAbsent(value.term)
    return ir.IsTrue(ir.Const(False))


def constant_of(guard: ir.Guard) -> bool | None:
    """The answer of a guard that the source itself gives; None when it depends on anything."""
    match guard:
        case ir.Not(guard=inner):
            known = constant_of(inner)
            return None if known is None else not known
        case ir.IsTrue(term=ir.Const(value=value)):
            return bool(value)
        case ir.IsEqual(term=ir.Const(value=value), value=ir.Const(value=other)):
            return bool(value == other)
        case ir.AllOf(guards=guards):
            answers = [constant_of(one) for one in guards]
            return False if False in answers else None if None in answers else True
        case ir.AnyOf(guards=guards):
            answers = [constant_of(one) for one in guards]
            return True if True in answers else None if None in answers else False
        case _:
            return None


def negated(guard: ir.Guard) -> ir.Guard:
    """The opposite guard."""
    return guard.guard if isinstance(guard, ir.Not) else ir.Not(guard)


def vars_of(item: ir.Term | ir.Guard | None) -> frozenset[str]:
    """The names of the Vars in a term or guard."""
    match item:
        case ir.Apply():
            return item.variables
        case ir.Var(name=name):
            return frozenset({name})
        case ir.IsAbsent(term=term) | ir.IsTrue(term=term) | ir.IsEqual(term=term):
            return vars_of(term)
        case ir.Not(guard=guard):
            return vars_of(guard)
        case ir.Ask(args=args):
            return _NOTHING.union(*map(vars_of, args))
        case ir.AllOf(guards=guards) | ir.AnyOf(guards=guards):
            return _NOTHING.union(*map(vars_of, guards))
    return _NOTHING


_NOTHING: frozenset[str] = frozenset()


def is_made_of(term: ir.Term, part: ir.Term) -> bool:
    """Whether a term is, or has in it, another."""
    return term == part or (isinstance(term, ir.Apply) and any(is_made_of(one, part) for one in term.args))


def guard_terms(guard: ir.Guard) -> tuple[ir.Term, ...]:
    """The terms that a guard looks at, in order."""
    if isinstance(guard, ir.IsAbsent | ir.IsTrue | ir.IsEqual):
        return (guard.term,)
    if isinstance(guard, ir.Ask):
        return guard.args
    if isinstance(guard, ir.Not):
        return guard_terms(guard.guard)
    return tuple(term for one in guard.guards for term in guard_terms(one))


def term_of(value: Value) -> ir.Term:
    """The term that stands for a value where only a term is wanted."""
    match value:
        case Data(guard=guard, term=term):
            return term if guard is None or isinstance(term, ir.Var) else ir.Apply("truth", guard_terms(guard))
        case Row(key=key):
            return key
        case Instance(ident=ident) | Object(ident=ident):
            return ident
        case Items(items=items, kind=kind, count=count):
            return ir.Apply(kind, (*(term_of(one) for one in items), *(() if count is None else (count,))))
        case Fields(items=mapping):
            return ir.Apply("dict", tuple(t for k, v in mapping.items() for t in (ir.Const(k), term_of(v))))
        case External(qualified=qualified):
            return ir.Shared(qualified)
        case Known(definition=definition):
            return ir.Shared(f"{definition.module.name}.{definition.name}")
        case Rows(row=row):
            return ir.Apply("rows", (row.key, ir.Var(f"{row.snapshot}?")))
        case Query(model=model, lookups=lookups):
            return ir.Apply("query", (ir.Const(model.name), *(one.term for one in lookups)))
        case Result(query=query, count=count):
            return count.term if count else ir.Apply("result", (term_of(query),) if query else ())
        case Table(model=model):
            return ir.Const(model.name)
        case Closure(name=name):
            return ir.Shared(name)
        case Method(receiver=receiver, operation=operation):
            return ir.Apply("." + operation.name, (term_of(receiver),))
        case Partial(func=func, args=args):
            return ir.Apply("partial", (term_of(func), *(term_of(one) for one in args)))
        case Guarded(inner=inner):
            return term_of(inner)
        case Super(receiver=receiver):
            return term_of(receiver)


def show(term: ir.Term, names: Mapping[str, str] | None = None) -> str:
    """A term as a reader of the source would write it (``stock:{sku}``)."""
    match term:
        case ir.Const(value=value):
            return str(value) if isinstance(value, str) else repr(value)
        case ir.Arg(name=name):
            return name
        case ir.Fresh(label=label) | ir.Shared(label=label):
            return label.rsplit(".", 1)[-1].split("#")[0]
        case ir.Var(name=name):
            return (names or {}).get(name, name.split(".", 1)[-1].split("#")[0])
        case ir.Old():
            return "…"
        case ir.Apply(label="f", args=args):
            return "".join(show(a, names) if isinstance(a, ir.Const) else "{" + show(a, names) + "}" for a in args)
        case ir.Apply(label=label, args=args) if label.startswith(".") and args:
            given = f"({', '.join(show(one, names) for one in args[1:])})" if len(args) > 1 else ""
            return show(args[0], names) + label + given
        case ir.Apply(label="tuple" | "list" | "set" | "dict" | "[]" as label, args=args) if args:
            return _show_display(label, [show(one, names) for one in args])
        case ir.Apply(label=label, args=(left, right)) if label in {"+", "-", "*", "/", "//", "%", "|", "&"}:
            return f"{show(left, names)} {label} {show(right, names)}"
        case ir.Apply(label="pk", args=(one,)):
            return f"{(names or {}).get(repr(one)) or show(one, names)}.pk"
        case ir.Apply(label="fk", args=(row, ir.Const(value=str(name)))):
            return f"{show(row, names)}.{name}"
        case ir.Apply(label="row", args=args):
            return _show_row(args[1:], names)
        case ir.Apply(label=label) if label.startswith("expression "):
            return "…"
        case ir.Apply(label=label, args=args):
            return f"{label}({', '.join(show(one, names) for one in args)})"


def _show_display(label: str, items: list[str]) -> str:
    if label == "[]":
        return f"{items[0]}[{', '.join(items[1:])}]"
    if label == "dict" and len(items) == 1:
        return f"dict({items[0]})"
    if label == "dict":
        return "{" + ", ".join(f"{key}: {value}" for key, value in zip(items[::2], items[1::2], strict=False)) + "}"
    if label == "tuple":
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return f"[{', '.join(items)}]" if label == "list" else "{" + ", ".join(items) + "}"


def _show_row(args: tuple[ir.Term, ...], names: Mapping[str, str] | None) -> str:
    """What a row is found by: columns with their values where both are known."""
    columns = args[::2]
    if len(args) % 2 == 0 and all(isinstance(one, ir.Const) and isinstance(one.value, str) for one in columns):
        pairs = [(show(c, names), show(v, names)) for c, v in zip(columns, args[1::2], strict=True)]
        return ", ".join(value if column == "?" else f"{column}={value}" for column, value in pairs)
    return ", ".join(show(one, names) for one in args)
