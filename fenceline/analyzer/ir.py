"""The effect tree: what a piece of Python does to the world that it shares with other processes.

A function lowers to an *ordered* tree, because check-then-act and ack-before-effect are facts about order. What its
effects speak of is in :mod:`fenceline.analyzer.terms`, and known here by the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fenceline.analyzer.nodes import Span
from fenceline.analyzer.steps import TraceStep as TraceStep
from fenceline.analyzer.terms import (
    AllOf as AllOf,
)
from fenceline.analyzer.terms import (
    AnyOf as AnyOf,
)
from fenceline.analyzer.terms import (
    Apply as Apply,
)
from fenceline.analyzer.terms import (
    Arg as Arg,
)
from fenceline.analyzer.terms import (
    Ask as Ask,
)
from fenceline.analyzer.terms import (
    Cell as Cell,
)
from fenceline.analyzer.terms import (
    Const as Const,
)
from fenceline.analyzer.terms import (
    Fresh as Fresh,
)
from fenceline.analyzer.terms import (
    Guard as Guard,
)
from fenceline.analyzer.terms import (
    IsAbsent as IsAbsent,
)
from fenceline.analyzer.terms import (
    IsEqual as IsEqual,
)
from fenceline.analyzer.terms import (
    IsTrue as IsTrue,
)
from fenceline.analyzer.terms import (
    Not as Not,
)
from fenceline.analyzer.terms import (
    Old as Old,
)
from fenceline.analyzer.terms import (
    Shared as Shared,
)
from fenceline.analyzer.terms import (
    Term as Term,
)
from fenceline.analyzer.terms import (
    Var as Var,
)
from fenceline.analyzer.value_classes import value_class

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
