"""What one entry is lowered in: the state of a path, facts for rules, calls and their arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from fenceline.analyzer import ir
from fenceline.analyzer.nodes import FunctionDef, Span
from fenceline.analyzer.values import (
    Data,
    Items,
    Lookup,
    Model,
    Origin,
    Query,
    Row,
    Value,
)

if TYPE_CHECKING:
    from fenceline.analyzer.constraints import Constraint
    from fenceline.analyzer.models import Operation
    from fenceline.analyzer.project import Definition, ModuleInfo


@dataclass(slots=True)
class State:
    """What depends on the path taken: names, the changed fields of rows, what sessions hold unflushed."""

    env: dict[str, Value] = field(default_factory=dict)
    fields: dict[str, dict[str, Value]] = field(default_factory=dict)  # snapshot → changed field → value
    pending: dict[str, tuple[Row, ...]] = field(default_factory=dict)  # session → rows to be written at flush
    begun: frozenset[str] = frozenset()  # sessions with a transaction open
    attributes: dict[tuple[ir.Term, str], Value] = field(default_factory=dict)  # object attribute stores
    queued: dict[str, tuple[Queued, ...]] = field(default_factory=dict)  # pipeline → queued commands
    watched: dict[str, tuple[tuple[ir.Cell, str], ...]] = field(default_factory=dict)  # pipeline → cells, and names
    bags: tuple[tuple[Query, ir.Cell], ...] = ()  # row conditions read so far on this path
    fresh_as: dict[str, str] = field(default_factory=dict)  # snapshot → the one that replaced it (a refresh)

    def copy(self) -> State:
        """The same state, to be changed on another path."""
        return State(
            dict(self.env),
            {k: dict(v) for k, v in self.fields.items()},
            dict(self.pending),
            self.begun,
            dict(self.attributes),
            dict(self.queued),
            dict(self.watched),
            self.bags,
            dict(self.fresh_as),
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """A row in memory that travels in a message; ``place``: which argument of the receiver it is, where that is seen.

    A number counts the positional arguments, a text is a keyword. ``reread``: the methods that read the row again;
    ``keyed``: the calls that take a row by keyword for the key that it has.
    """

    row: Row
    place: int | str | None
    reread: frozenset[str] = frozenset()
    keyed: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Fact:
    """What a rule may ask of one op.

    kind: kv.read, kv.write, row.read, row.write, row.delete, bag.read, row.create, send, external, opaque …;
    family: 'kv' | 'orm' | 'sql'. cell texts for messages. ``evidence``: 'type' | 'shape' | 'name'. ``pending``:
    snapshots of rows that are changed in memory at that moment and written by a later flush. ``options``: what the call
    says of it beside the cells (``expiry``, ``timeout``, ``countdown``), times in seconds where they are stated.
    ``runs``: the function that the receiver of a message is, where it is known; ``carried``: the rows that travel in
    it; ``arguments``: its positional arguments, where all are seen. ``on``: the id of the type whose method was called.
    ``origin``: where the lock that is taken was made. ``asked``: the conditions of a query for rows.
    """

    op: ir.Op
    kind: str
    family: str = ""
    target: str = ""
    verb: str = ""
    model: Model | None = None
    row: Row | None = None
    evidence: str = "type"
    constraint: str = ""  # of a create: '' none known | 'covering' | 'unknown' (model not found)
    refusing: Constraint | None = None  # the one that covers it
    bag: ir.Cell | None = None
    entry: bool = False  # a snapshot at entry
    pending: frozenset[str] = frozenset()
    hint: str = ""
    options: dict[str, ir.Term] = field(default_factory=dict)
    runs: object = None
    carried: tuple[Carried, ...] = ()
    arguments: tuple[ir.Term, ...] = ()
    on: str = ""
    origin: Origin | None = None
    asked: tuple[Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A transaction that is open: where it begins, and of which database, '' for the default or when it is not known.

    ``text`` is what a message calls it; ``is_durable``: it cannot begin inside another one.
    """

    span: Span
    path: str
    text: str = "the transaction"
    database: str = ""
    is_durable: bool = False


@dataclass(slots=True, eq=False)
class Snapshot:
    """Where a row was read: further fields that turn out to be used are added to that op."""

    op: ir.Atomic
    model: Model
    key: ir.Term
    origin: str


@dataclass(slots=True, eq=False)
class WholeSave:
    """A save of all columns of a row. ``source``: the snapshot that the columns which this run has not set are from.

    ``changed`` are the columns that it has set, those included that every save sets to the time.
    """

    op: ir.Atomic
    row: Row
    source: str
    changed: frozenset[str]


@dataclass(slots=True, eq=False)
class Leaf:
    """One way out of a frame: the sequence that holds the Return, the state there, what is returned."""

    seq: ir.Seq
    node: ir.Return
    state: State
    value: Value


@dataclass(slots=True, eq=False)
class Scope:
    """The function being lowered: its module, name, class, and its ways out."""

    module: ModuleInfo
    function: str
    owner: Definition | None = None
    receiver: Value | None = None
    leaves: list[Leaf] = field(default_factory=list)
    on_yield: Callable[[Value], Value] | None = None
    jumps: list[Jump] = field(default_factory=list)


class Site(NamedTuple):
    """A call of a function of ours: the functions that are being read, innermost last, what is called, and where."""

    stack: tuple[object, ...]
    called: FunctionDef
    span: Span
    path: str


@dataclass(slots=True, eq=False)
class Arguments:
    """What a call passes. ``is_open``: there is a ``*args`` or ``**kwargs`` that is not known."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    is_open: bool = False

    def bound(self, params: tuple[str, ...]) -> dict[str, Value]:
        """Arguments by parameter; a parameter ``*name`` takes the rest as Items."""
        found: dict[str, Value] = dict(self.keywords)
        for index, name in enumerate(params):
            if name.startswith("*"):
                found[name] = Items(tuple(self.positional[index:]))
                break
            if index < len(self.positional):
                found[name] = self.positional[index]
        return found

    def values(self) -> tuple[Value, ...]:
        """All arguments, the positional ones first."""
        return (*self.positional, *self.keywords.values())


@dataclass(slots=True, eq=False)
class Call:
    """A modelled call: what it means, on what, with which arguments (``given``: by parameter)."""

    operation: Operation
    receiver: Value
    arguments: Arguments
    span: Span
    given: dict[str, Value] = field(default_factory=dict)

    def role(self, name: str) -> Value | None:
        """The argument that plays a role, None when it is not given."""
        param = self.operation.roles.get(name)
        return self.given.get(param) if isinstance(param, str) else None

    def flag(self, name: str) -> bool:
        """Whether an argument is given and not plainly false."""
        value = self.role(name)
        if value is None:
            return False
        return not (isinstance(value, Data) and isinstance(value.term, ir.Const) and not value.term.value)

    def data(self, name: str, default: object = None) -> object:
        """A fact stated in the model file itself."""
        return self.operation.roles.get(name, default)


@dataclass(frozen=True, slots=True)
class Queued:
    """A command that waits on its pipeline, what ``execute`` will return for it, the tests that it was queued under."""

    fact: Fact
    result: Value
    guards: tuple[ir.Guard, ...] = ()

    @property
    def steps(self) -> tuple[ir.Step, ...]:
        """What the command does."""
        assert isinstance(self.fact.op, ir.Atomic)
        return self.fact.op.steps

    def under(self, guard: ir.Guard) -> Queued:
        """The same under one more test, the outermost."""
        return replace(self, guards=(guard, *self.guards))


@dataclass(slots=True, eq=False)
class Jump:
    """A break or continue: the sequence that ends with it and the state there."""

    seq: ir.Seq
    node: ir.Break | ir.Continue
    state: State
