"""The effect tree: what a piece of Python does to the world that it shares with other processes.

A function lowers to an *ordered* tree, because check-then-act and ack-before-effect are facts about order. Values are
uninterpreted terms: the same function of the same arguments is the same value, and nothing else is known of it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from fenceline.analyzer.nodes import Span
from fenceline.analyzer.steps import TraceStep as TraceStep  # noqa: PLC0414 - ir.TraceStep to those who make one
from fenceline.analyzer.value_classes import value_class

# ---------------------------------------------------------------------- terms


@value_class(frozen=True, slots=True)
class Const:
    """A value that the source states."""

    value: object


@value_class(frozen=True, slots=True)
class Arg:
    """An argument of the entry. Equal in both runs if it occurs in a watched key, else different between requests."""

    name: str


@value_class(frozen=True, slots=True)
class Fresh:
    """uuid, random, secrets: one term a run, never equal between runs."""

    label: str


@value_class(frozen=True, slots=True)
class Shared:
    """The clock, a setting, a module global: one term for all runs."""

    label: str


@value_class(frozen=True, slots=True)
class Var:
    """What an earlier step of this run has bound under this name."""

    name: str


@value_class(frozen=True, slots=True)
class Old:
    """In the term of a Modify: the value that the cell has at that moment."""


class _Remembering:
    """Room beside the fields of a term: what is asked of it again and again, and goes all the way down."""

    __slots__ = ("_digest", "_hash", "_size", "_variables")
    _digest: int
    _hash: int
    _size: int
    _variables: frozenset[str]


@value_class(frozen=True, slots=True)
class Apply(_Remembering):
    """An uninterpreted function of terms (a Python expression, a call that could not be read)."""

    label: str
    args: tuple[Term, ...] = ()

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", hash((self.label, self.args)))
            return self._hash

    def __repr__(self) -> str:
        return f"Apply(label={self.label!r}, args={self.args!r})"  # as of any dataclass, in a third of the time

    @property
    def size(self) -> int:
        """How many terms it is made of, itself included."""
        try:
            return self._size
        except AttributeError:
            size = 1
            for one in self.args:
                size += one.size if type(one) is Apply else 1
            object.__setattr__(self, "_size", size)
            return size

    @property
    def digest(self) -> int:
        """A number of 32 bits for the same term in every process; others have it by chance only."""
        try:
            return self._digest
        except AttributeError:
            parts = (f"{one.digest:08x}" if isinstance(one, Apply) else repr(one) for one in self.args)
            digest = zlib.crc32("\0".join((self.label, *parts)).encode("utf-8", "surrogateescape"))
            object.__setattr__(self, "_digest", digest)
            return digest

    @property
    def variables(self) -> frozenset[str]:
        """The names of the Vars in it."""
        try:
            return self._variables
        except AttributeError:
            object.__setattr__(self, "_variables", _variables_in(self.args))
            return self._variables


def _variables_in(terms: tuple[Term, ...]) -> frozenset[str]:
    """The set of one of the terms itself, where the others add nothing: there are very many terms."""
    found: frozenset[str] = frozenset()
    for one in terms:
        if isinstance(one, Apply):
            more = one.variables
            found = more if found <= more else found | more if more - found else found
        elif isinstance(one, Var) and one.name not in found:
            found |= {one.name}
    return found


Term = Const | Arg | Fresh | Shared | Var | Old | Apply


# ---------------------------------------------------------------------- cells


@value_class(frozen=True, slots=True)
class Cell:
    """A place in a store that other processes see: store family, key terms, and for rows and hashes the field.

    A bag cell (``is_bag``) stands for the rows that satisfy a condition: it is absent when empty, Insert adds to it.
    """

    store: str
    key: tuple[Term, ...]
    field: str | None = None
    is_bag: bool = False


# --------------------------------------------------------------------- guards


@value_class(frozen=True, slots=True)
class IsAbsent:
    """The value is missing (None from a GET, no row, an empty bag). Interpreted."""

    term: Term


@value_class(frozen=True, slots=True)
class IsTrue:
    """Truth of a term. Interpreted for constants and for the bool that an atomic step bound, else asked."""

    term: Term


@value_class(frozen=True, slots=True)
class IsEqual:
    """Equality with a constant. Interpreted for constants and for what a cell held at first, else asked."""

    term: Term
    value: Const


@value_class(frozen=True, slots=True)
class Ask:
    """A guard that is not interpreted: same label over the same values, same answer; both answers are tried."""

    label: str
    args: tuple[Term, ...] = ()


@value_class(frozen=True, slots=True)
class Not:
    guard: Guard


@value_class(frozen=True, slots=True)
class AllOf:
    guards: tuple[Guard, ...]


@value_class(frozen=True, slots=True)
class AnyOf:
    guards: tuple[Guard, ...]


Guard = IsAbsent | IsTrue | IsEqual | Ask | Not | AllOf | AnyOf


# ---------------------------------------------------- steps (inside one Atomic)


@value_class(frozen=True, slots=True)
class Get:
    """Read: binds the value, or the absent value."""

    cell: Cell
    bind: str | None = None


@value_class(frozen=True, slots=True)
class Put:
    """Blind write; nothing is written where the value is ``unless`` (a column that this run has not changed)."""

    cell: Cell
    value: Term
    unless: Term | None = None


@value_class(frozen=True, slots=True)
class Modify:
    """Atomic read-modify-write (INCR, ``SET n = n + 1``): ``value`` may use Old(); binds the new value, or the old."""

    cell: Cell
    value: Term
    bind: str | None = None
    binds_old: bool = False


@value_class(frozen=True, slots=True)
class PutIfAbsent:
    """Conditional write on absence: binds True when written, False otherwise; or raises ``conflict`` when present."""

    cell: Cell
    value: Term
    bind: str | None = None
    conflict: str | None = None


@value_class(frozen=True, slots=True)
class CompareAndSet:
    """Writes all of ``writes`` (each value may use Old()) when every (cell, expected) still holds.

    An expected value of None asks only for presence. Binds True/False (the count of rows, the success of EXEC), or
    raises ``conflict`` on failure. ``guard`` is a further, uninterpreted condition on the current values
    (``stock__gte=q``): its term arguments may use Old() for the first expected cell. ``is_noticed``: the run looks at
    the result, even where nothing that a slice keeps depends on it.
    """

    expect: tuple[tuple[Cell, Term | None], ...]
    writes: tuple[tuple[Cell, Term], ...]
    bind: str | None = None
    conflict: str | None = None
    guard: Guard | None = None
    is_noticed: bool = False


@value_class(frozen=True, slots=True)
class Remove:
    """Delete; binds True when there was something to delete."""

    cell: Cell
    bind: str | None = None


@value_class(frozen=True, slots=True)
class Insert:
    """Adds one row to a bag cell, whatever is in it (a create with no covering constraint)."""

    cell: Cell
    value: Term


Step = Get | Put | Modify | PutIfAbsent | CompareAndSet | Remove | Insert


# ------------------------------------------------------------------ operations


@dataclass(slots=True, eq=False)
class Op:
    """What every operation has: where it stands, in which file, and how a trace prints it (``GET stock:{sku}``)."""

    span: Span
    path: str
    text: str


@dataclass(slots=True, eq=False)
class Atomic(Op):
    """Steps that happen at one moment: one command, one SQL statement, MULTI/EXEC, one Lua script.

    ``row_lock``: a locking read or an UPDATE; the keys named there are locked until the transaction ends (``nowait``
    raises instead of waiting). ``is_transactional`` is False for stores that know no transaction.
    """

    steps: tuple[Step, ...] = ()
    is_transactional: bool = False
    row_locks: tuple[tuple[Term, ...], ...] = ()
    row_lock_mode: str = "wait"  # wait | nowait | skip


HELD = "held"
"""The label of a term that asks whether a lock, of that name, is held."""


@dataclass(slots=True, eq=False)
class Acquire(Op):
    """Takes a lock. mode: 'wait', 'try' (binds True/False) or 'raise' (raises ``conflict``).

    scope: 'distributed', 'local' (one process: no guard between replicas) or 'transaction' (given back at its end).
    ``lease`` says how it ends when nobody gives it back: 'ttl', 'none' (never), 'session' (with the connection),
    'transaction', '' (not known); ``expiry`` in seconds, None when it has none or it is not known; ``renews``: the
    library keeps it alive while the holder runs; ``limit``: how long it is waited for, in seconds; ``is_reentrant``:
    who holds it may take it again, or it is not known that this hangs.
    """

    lock: tuple[Term, ...] = ()
    mode: str = "wait"
    bind: str | None = None
    conflict: str | None = None
    scope: str = "distributed"
    expiry: float | None = None
    lease: str = ""
    renews: bool = False
    limit: float | None = None
    is_reentrant: bool = True


@dataclass(slots=True, eq=False)
class Release(Op):
    lock: tuple[Term, ...] = ()
    is_owner_checked: bool = True


@dataclass(slots=True, eq=False)
class Renew(Op):
    lock: tuple[Term, ...] = ()


@dataclass(slots=True, eq=False)
class Begin(Op):
    """Opens a transaction (a savepoint when one is open)."""


@dataclass(slots=True, eq=False)
class Commit(Op):
    pass


@dataclass(slots=True, eq=False)
class Rollback(Op):
    pass


@dataclass(slots=True, eq=False)
class Receive(Op):
    """Takes the next message or messages from a consumer; what it binds is the message."""

    bind: str | None = None


@dataclass(slots=True, eq=False)
class Ack(Op):
    """Tells the broker that a message, or all up to here, is done with; ``is_negative``: that it is not."""

    is_negative: bool = False


@dataclass(slots=True, eq=False)
class Send(Op):
    """A message or task handed to a broker: what, and with which values. ``is_hook``: only after the commit."""

    what: str = ""
    values: tuple[Term, ...] = ()
    is_hook: bool = False
    bind: str | None = None


@dataclass(slots=True, eq=False)
class External(Op):
    """An effect outside every store that we know (charge, mail, HTTP).

    ``seconds``: the longest that it takes, None when nothing bounds it or when ``limit`` does, a term that is no number
    that the source states. ``is_repeatable``: twice is once (a PUT).
    """

    what: str = ""
    values: tuple[Term, ...] = ()
    idempotency_key: Term | None = None
    bind: str | None = None
    seconds: float | None = None
    is_repeatable: bool = False
    limit: Term | None = None


@dataclass(slots=True, eq=False)
class Slow(Op):
    """Takes time and changes nothing: ``what`` is "sleep", or what is waited for; ``seconds``, ``limit`` as above."""

    seconds: float | None = None
    what: str = ""
    limit: Term | None = None


@dataclass(slots=True, eq=False)
class Opaque(Op):
    """A call that cannot be read and that receives a store's client, a session, a lock or a row (``receives``)."""

    receives: tuple[object, ...] = ()
    bind: str | None = None
    hint: str | None = None


@dataclass(slots=True, eq=False)
class Unread(Op):
    """A call that cannot be read, or a yield, after a lock has been taken: it may fail and may take time."""


# ------------------------------------------------------------------- structure


@dataclass(slots=True, eq=False)
class Seq:
    items: list[Tree] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Let:
    """Binds a name to a term in this run (how a branch gives one variable two values)."""

    bind: str
    value: Term


@dataclass(slots=True, eq=False)
class Branch:
    guard: Guard
    then: Seq
    orelse: Seq
    span: Span
    path: str


@dataclass(slots=True, eq=False)
class Loop:
    """kind: 'data' (one round on one element), 'retry' (two rounds, then the run is refused), 'service' (one round).

    ``rounds``: how many there are at most, where the source says it (``range(3)``, a list that is written out).
    ``over``: the element of one round; ``is_ordered``: the source puts the elements into an order.
    """

    body: Seq
    kind: str
    span: Span
    path: str
    rounds: int | None = None
    over: Term | None = None
    is_ordered: bool = False


@dataclass(slots=True, eq=False)
class Except:
    """Handled classes by their qualified names; empty for a bare except. ``is_silent``: nothing is done, or logged."""

    classes: tuple[str, ...]
    body: Seq
    is_silent: bool = False


@dataclass(slots=True, eq=False)
class Try:
    body: Seq
    handlers: list[Except]
    orelse: Seq
    final: Seq


@dataclass(slots=True, eq=False)
class Tx:
    """A transaction as a block: commits when the body ends or returns, rolls back when it raises.

    ``database``: of which one, '' for the default or when it is not known. ``is_durable``: it is never inside another.
    """

    body: Seq
    span: Span
    path: str
    isolation: str = "read-committed"  # none | read-committed | serializable
    database: str = ""
    is_durable: bool = False


@dataclass(slots=True, eq=False)
class Frame:
    """A call that was read: Return inside ends the frame and binds its value.

    ``is_atomic``: the store runs all of it at one moment (a script that is known): nobody sees, and nothing cuts, what
    lies between its ops. ``at`` is the file and the place of the call, where there is one.
    """

    body: Seq
    bind: str | None
    function: str
    is_atomic: bool = False
    at: tuple[str, Span] | None = None


@dataclass(slots=True, eq=False)
class Return:
    value: Term | None
    span: Span


@dataclass(slots=True, eq=False)
class Raise:
    """cls is the qualified name of what is raised, '' when unknown (a re-raise is '*')."""

    cls: str
    span: Span


@dataclass(slots=True, eq=False)
class Break:
    pass


@dataclass(slots=True, eq=False)
class Continue:
    pass


Tree = (
    Atomic
    | Acquire
    | Release
    | Renew
    | Receive
    | Begin
    | Commit
    | Rollback
    | Ack
    | Send
    | External
    | Slow
    | Opaque
    | Unread
    | Seq
    | Let
    | Branch
    | Loop
    | Try
    | Tx
    | Frame
    | Return
    | Raise
    | Break
    | Continue
)


# ------------------------------------------------------------------- the oracle


@dataclass(slots=True, eq=False)
class Program:
    """What the explorer runs twice: a sliced tree and how to read it.

    ``equal_args``: names of the arguments that both runs share. ``cells``: predicate data – the cells whose final
    values are compared (every cell in the tree, unless named). ``candidate_reads`` / ``candidate_acts``: the ops of
    the pair: a violation counts only if the trace has a foreign write to a cell of the pair between its read and its
    act.
    """

    body: Seq
    equal_args: frozenset[str] = frozenset()
    candidate_reads: tuple[Op, ...] = ()
    candidate_acts: tuple[Op, ...] = ()
    faults: frozenset[str] = frozenset()  # duplicate | crash | expiry | failed-step
    cells: tuple[Cell, ...] | None = None  # None: all
    leases: frozenset[Cell] = frozenset()  # keys that are locks made by hand, and expire where the fault is named
    empty: frozenset[Cell] = frozenset()  # cells that hold nothing at first


DATABASE, BROKER, OUTSIDE = "database", "broker", "outside"
LOCKS, MEMORY, FILES = "lock store", "memory", "files"
ROW_LOCK, TRANSACTION = "row lock", "transaction"
OF_PROCESS = ", in its own process alone"
"""What is added to the name of a lock that other processes do not know."""


@value_class(frozen=True, slots=True)
class Verdict:
    """status: 'violation' (with the shortest trace), 'safe', or 'limit' (a bound was met: nothing is proved)."""

    status: str
    states: int
    trace: tuple[TraceStep, ...] = ()
    reason: str = ""
