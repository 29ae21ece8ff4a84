"""The state in which one entry is lowered: where ops are written to, what names mean, how paths join again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.brevity import brief
from fenceline.analyzer.lower_state import Arguments, Fact, Opened, Scope, Site, Snapshot, State, WholeSave
from fenceline.analyzer.made_rows import keep_made, row_of_all
from fenceline.analyzer.nodes import Expr, Span, Stmt
from fenceline.analyzer.values import (
    Data,
    Items,
    Query,
    Row,
    Rows,
    Value,
    constant_of,
    guard_terms,
    is_plain,
    negated,
    show,
    term_of,
)

if TYPE_CHECKING:
    from fenceline.analyzer.models import Models
    from fenceline.analyzer.project import Definition, ModuleInfo, Project

CALL_DEPTH = 4
OP_LIMIT = 160
TAKING = frozenset({"lock.acquire", "kv.insert"})
"""Facts of ops that take a lock, or may."""
IN_TRANSACTION: ir.Guard = ir.IsTrue(ir.Shared("in transaction"))
"""The truth of ``connection.in_atomic_block`` where a transaction is seen to be open."""
ASKS_TRANSACTION = "in transaction?"
"""The label of the same question where none is seen to be open: the caller may have one."""


def pending_flag(row: Row) -> tuple[ir.Term, str]:
    """Where a state keeps whether a row is pending on the path taken."""
    return row.key, f"@pending:{row.snapshot}"


def _flag_of(state: State, session: str, row: Row) -> ir.Term:
    held = state.attributes.get(pending_flag(row))
    if all(one.snapshot != row.snapshot for one in state.pending.get(session, ())):
        return ir.Const(False)
    return held.term if isinstance(held, Data) else ir.Const(True)


def _is_one(values: Sequence[Value | None]) -> bool:
    """Whether all are one and the same thing, which is quicker to see than whether they are equal."""
    first = values[0]
    return first is not None and all(one is first for one in values)


Attributes = dict[tuple[ir.Term, str], Value]


def _with_more(known: Attributes, more: Attributes) -> Attributes:
    """What is known first, and what is more. Two dicts are put together without their long keys being hashed again."""
    whole = {**more, **known}
    return known if len(whole) == len(known) else {**known, **{key: more[key] for key in whole if key not in known}}


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The ways in which the ``lower_*`` modules need each other; put together in :mod:`fenceline.analyzer.lower`."""

    evaluate: Callable[[Lowering, Expr | None], Value]
    guard: Callable[[Lowering, Expr], ir.Guard]
    truth: Callable[[Lowering, Value, Span], ir.Guard]
    statements: Callable[[Lowering, list[Stmt]], None]
    apply: Callable[[Lowering, Value, Arguments, Span], Value]
    touch: Callable[[Lowering, str, Span], None]
    define: Callable[[Lowering, Definition], Value]


class Lowering:
    """Lowers one entry. Handlers in the ``lower_*`` modules write to it."""

    def __init__(
        self, project: Project, models: Models, module: ModuleInfo, interpreter: Interpreter, memo: dict[object, object]
    ) -> None:
        self.interpreter = interpreter
        self.memo = memo
        self.span = Span(1, 1, 1, 1)
        self.changed: dict[str, dict[str, tuple[Span, str]]] = {}
        self.put_in_order: set[tuple[str, str]] = set()  # what a row's own save has changed first: snapshot and column
        self.whole_saves: list[WholeSave] = []
        self.is_aside = False
        self.in_hook = 0
        self.bags_read: list[tuple[Query, ir.Cell]] = []
        self.handling: list[frozenset[str]] = []  # what the enclosing handlers catch
        self.holes: dict[str, Value] = {}  # of the SQL text being read: what is formatted into it
        self.columns: dict[str, tuple[str, ...]] = {}  # of a row read by SQL text: the selected columns in order
        self.uses: dict[ir.Op, list[ir.Term]] = {}  # what an op depends on beside its steps
        self.project = project
        self.models = models
        self.state = State()
        self.scope = Scope(module, "")
        self.out = ir.Seq()
        self.is_dead = False
        self.facts: list[Fact] = []
        self.latest = Fact(ir.Slow(self.span, "", "", seconds=0.0), "nothing")  # recorded last, on an ended path too
        self.defined: dict[str, ir.Term] = {}  # Let-bound names, every term they may have
        self.levels: dict[str, ir.Term] = {}  # Let-bound fields that have one value, changed or found to have it
        self.first_use: dict[str, tuple[Span, str]] = {}
        self.names: dict[str, str] = {}
        self.managers: set[str] = set()  # attributes of rows that have been asked for rows, as only relations are
        self.depth = 0
        self.deepest = CALL_DEPTH  # how many calls within calls are read
        self.calls: list[object] = []
        self.ops = 0
        self.count = 0
        self.hints: list[str] = []
        self.unread: dict[
            str, bool
        ] = {}  # calls that could not be read, by name: whether the project made what is called
        self.receipts: list[tuple[object, list[Value]]] = []  # functions of this module called, with what
        self.handed_new: dict[object, frozenset[str]] = {}  # functions called, and what each call hands in made anew
        self.opened: list[tuple[object, Opened | None]] = []  # functions called, and the transaction open around that
        self.blocks: list[Opened] = []  # the transactions open as blocks, the outermost first
        self.sites: list[Site] = []
        self.entering: list[tuple[Span, str] | None] = []  # where what is being entered was asked for, None in its body
        self.tx_depth = 0
        self.hooked: set[ir.Op] = set()  # what commit hooks do: it stands where they are registered, and happens later
        self.after_commit: list[Fact] = []  # of a commit hook: what is written where the transaction has ended
        self.sessions_begun: list[str] = []  # every one in the order of their first statements, over all paths
        self.snapshots: dict[str, Snapshot] = {}
        self.read: set[object] = set()  # the functions whose bodies have been lowered
        self.decorating: set[object] = set()  # the functions whose decorators are being applied
        self.made: set[str] = set()  # roles of the modelled objects that are constructed
        self.has_locks = False  # whether any lock, or what may be one, has been taken so far
        self.locks_got: dict[str, tuple[ir.Term, ...]] = {}  # what an attempt has bound, and which lock it was for

    # ------------------------------------------------------------------ writing

    @property
    def module(self) -> ModuleInfo:
        """The module whose code is being lowered: that of the innermost call."""
        return self.scope.module

    @property
    def path(self) -> str:
        """The file of that module."""
        return str(self.scope.module.path)

    def fresh(self, label: str) -> str:
        """A name that no other value has."""
        self.count += 1
        return f"{label}#{self.count}"

    def emit(self, op: ir.Tree | ir.Op) -> None:
        """Writes an op or structure where ops are being written to; nothing on a path that has ended."""
        if not self.is_dead:
            self.out.items.append(op)  # type: ignore[arg-type]  # an Op is one of its subclasses
            self.ops += isinstance(op, ir.Op) and not isinstance(op, ir.Slow | ir.Unread)  # those are in no slice

    def record(self, fact: Fact) -> Fact:
        """Writes the fact's op to the tree and keeps the fact for the rules."""
        self.latest = fact
        if not self.is_dead:
            self.emit(fact.op)
            self.facts.append(fact)
            if self.in_hook:
                self.hooked.add(fact.op)
            self.has_locks = self.has_locks or fact.kind in TAKING
        return fact

    def let(self, seq: ir.Seq, name: str, value: ir.Term) -> None:
        """Binds a name at the end of a sequence."""
        seq.items.append(ir.Let(name, value))
        known = self.defined.get(name)
        self.defined[name] = value if known is None else ir.Apply("either", (known, value))

    def show(self, term: ir.Term) -> str:
        """A term as a reader of the source would write it."""
        return show(term, self.names)

    def brief(self, term: ir.Term) -> str:
        """The same, with … where it would be too long for a line of a trace."""
        return brief(term, self.names)

    def aside(self, module: ModuleInfo) -> Lowering:
        """A lowering whose effects are forgotten: for globals, annotations, decorators."""
        other = Lowering(self.project, self.models, module, self.interpreter, self.memo)
        other.depth = self.depth + 1
        other.is_aside = True
        return other

    def interesting_unread_sql(self, text: str | None) -> bool:
        """Whether SQL that cannot be read may change rows."""
        return text is None or any(word in text.upper() for word in ("UPDATE", "INSERT", "DELETE", "FOR UPDATE"))

    # ------------------------------------------------------------------ reading

    def evaluate(self, node: Expr | None) -> Value:
        """What an expression stands for; its effects are written."""
        return self.interpreter.evaluate(self, node)

    def guard(self, node: Expr) -> ir.Guard:
        """The guard that a condition is."""
        return self.interpreter.guard(self, node)

    def truth(self, value: Value, span: Span) -> ir.Guard:
        """The guard ``if value``."""
        return self.interpreter.truth(self, value, span)

    def statements(self, body: list[Stmt]) -> None:
        """Lowers statements in order."""
        self.interpreter.statements(self, body)

    def apply(self, func: Value, arguments: Arguments, span: Span) -> Value:
        """The value of a call; its effects are written."""
        return self.interpreter.apply(self, func, arguments, span)

    def touch(self, session: str, span: Span) -> None:
        """A statement of a session comes: its transaction begins, and what is pending is flushed."""
        self.interpreter.touch(self, session, span)

    def define(self, definition: Definition) -> Value:
        """What a definition of the project stands for."""
        return self.interpreter.define(self, definition)

    # ------------------------------------------------------------------ branching

    @contextmanager
    def entered_at(self, place: tuple[Span, str] | None) -> Iterator[None]:
        """While something is entered that was asked for in this place, from there; None: what runs inside of it."""
        known = self.entering[-1] if self.entering else None
        self.entering.append(known or place if place is not None else None)
        try:
            yield
        finally:
            self.entering.pop()

    @contextmanager
    def writing(self, seq: ir.Seq) -> Iterator[ir.Seq]:
        """Ops go to this sequence."""
        before, self.out = self.out, seq
        try:
            yield seq
        finally:
            self.out = before

    def fork(self, build: Callable[[], None], start: State) -> tuple[ir.Seq, State | None]:
        """Lowers one alternative from a copy of ``start``; the state at its end, None when it does not get there."""
        before, self.state = self.state, start.copy()
        dead, self.is_dead = self.is_dead, False
        seq = ir.Seq()
        with self.writing(seq):
            build()
        end = None if self.is_dead else self.state
        self.state, self.is_dead = before, dead
        return seq, end

    def branch(self, guard: ir.Guard, then: Callable[[], None], orelse: Callable[[], None], span: Span) -> None:
        """Lowers both sides of a condition and goes on from where they end; only one, where the source settles it."""
        known = constant_of(guard)
        if known is not None:
            (then if known else orelse)()
            return
        start = self.state
        one, one_end = self.fork(then, start)
        two, two_end = self.fork(orelse, start)
        self.emit(ir.Branch(guard, one, two, span, self.path))
        level = self._level(guard, one_end, two_end) if one_end is not None and two_end is not None else []
        self.join([(one, one_end), (two, two_end)])
        for snapshot, name, term in level:
            merged = self.state.fields.get(snapshot, {}).get(name)
            if isinstance(merged, Data) and isinstance(merged.term, ir.Var):
                self.levels[merged.term.name] = term
        if one_end is not None and two_end is not None:
            self._queue_under(guard, start, one_end, two_end)

    def _level(self, guard: ir.Guard, one: State, two: State) -> list[tuple[str, str, ir.Term]]:
        """``if row.f != x: row.f = x``: where the field is not changed it has that value too."""
        while isinstance(guard, ir.Not):
            guard, one, two = guard.guard, two, one
        if isinstance(guard, ir.Ask) and guard.label == "==":
            pair: set[ir.Term] = set(guard.args)
        elif isinstance(guard, ir.IsEqual):
            pair = {guard.term, guard.value}
        else:
            return []
        found: list[tuple[str, str, ir.Term]] = []
        for snapshot, fields in two.fields.items():
            for name, value in fields.items():
                if isinstance(value, Data) and one.fields.get(snapshot, {}).get(name) != value and value.term in pair:
                    held = self.unchanged(one, snapshot, name)
                    if isinstance(held, Data) and {held.term, value.term} == pair and len(pair) == 2:
                        found.append((snapshot, name, value.term))
        return found

    def _queue_under(self, guard: ir.Guard, start: State, one: State, two: State) -> None:
        """What one side of a branch has queued is done under its guard."""
        for key in {*one.queued, *two.queued}:
            base = start.queued.get(key, ())
            then, orelse = one.queued.get(key, ())[len(base) :], two.queued.get(key, ())[len(base) :]
            if then != orelse:
                tail = [*(item.under(guard) for item in then), *(item.under(negated(guard)) for item in orelse)]
                self.state.queued[key] = (*base, *tail)

    def join(self, ends: list[tuple[ir.Seq, State | None]]) -> None:
        """Goes on from those ends that are reached; values that differ get a name of their own in each."""
        alive = [(seq, state) for seq, state in ends if state is not None]
        if not alive:
            self.is_dead = True
            return
        self.state = self.merged(alive)

    def merged(self, ends: list[tuple[ir.Seq, State]]) -> State:
        """One state for several paths that meet; ``ends`` are their sequences and states."""
        first = ends[0][1]
        if len(ends) == 1:
            return first
        result = first.copy()
        seqs = [seq for seq, _ in ends]
        states = [state for _, state in ends]
        for name in dict.fromkeys(n for s in states for n in s.env):
            present = [s.env.get(name) for s in states]
            if _is_one(present):
                continue  # as most are: it is in the result, which is a copy of the first
            keep_made(result, states, present)
            merged = self.merge_values(name, seqs, present)
            if merged is not None:
                result.env[name] = merged
        self._merge_fields(result, seqs, states)
        result.begun = frozenset().union(*(s.begun for s in states))
        for seq, state in ends:
            seq.items += [ir.Begin(self.span, self.path, "BEGIN") for _ in result.begun - state.begun]
        self._merge_pending(result, ends)
        for state in states:
            result.attributes = _with_more(result.attributes, state.attributes)
            for pipeline, steps in state.queued.items():
                if len(steps) > len(result.queued.get(pipeline, ())):
                    result.queued[pipeline] = steps
            for pipeline, cells in state.watched.items():
                if len(cells) > len(result.watched.get(pipeline, ())):
                    result.watched[pipeline] = cells
            for snapshot, source in state.fresh_as.items():
                result.fresh_as.setdefault(snapshot, source)
        self._merge_held(result, states)
        result.bags = tuple(dict.fromkeys(bag for s in states for bag in s.bags))
        return result

    def _merge_held(self, result: State, states: list[State]) -> None:
        """A session holds after a join only what it holds on every path that leads there."""
        for key in [one for one in result.attributes if one[1].startswith("@held:")]:
            if any(state.attributes.get(key) != result.attributes[key] for state in states):
                del result.attributes[key]

    def _merge_pending(self, result: State, ends: list[tuple[ir.Seq, State]]) -> None:
        """Rows to be written at flush on some of the paths only get a flag that says on which."""
        names = dict.fromkeys(name for _, state in ends for name in state.pending)
        for name in names:
            rows = dict.fromkeys(row for _, state in ends for row in state.pending.get(name, ()))
            result.pending[name] = tuple(rows)
            for row in rows:
                key = pending_flag(row)
                flags = [_flag_of(state, name, row) for _, state in ends]
                result.attributes.pop(key, None)
                if flags == [ir.Const(True)] * len(flags):
                    continue
                bind = self.fresh("pending")
                for (seq, state), flag in zip(ends, flags, strict=True):
                    self.let(seq, bind, flag)
                    state.attributes.pop(key, None)
                result.attributes[key] = Data(ir.Var(bind))

    def _merge_fields(self, result: State, seqs: list[ir.Seq], states: list[State]) -> None:
        for snapshot in dict.fromkeys(n for s in states for n in s.fields):
            names = dict.fromkeys(f for s in states for f in s.fields.get(snapshot, {}))
            target = result.fields.setdefault(snapshot, {})
            for name in names:
                if _is_one([s.fields.get(snapshot, {}).get(name) for s in states]):
                    continue
                values: list[Value | None] = [
                    self.unchanged(s, snapshot, name) if snapshot in s.fields or snapshot in self.snapshots else None
                    for s in states
                ]
                merged = self.merge_values(name, seqs, values)
                if merged is not None:
                    target[name] = merged

    def unchanged(self, state: State, snapshot: str, name: str) -> Value:
        """The value that a field has where the path did not change it: what its row's read bound."""
        held = state.fields.get(snapshot, {}).get(name)
        if held is not None:
            return held
        source = state.fresh_as.get(snapshot, snapshot)
        bind = f"{source}.{name}"
        where = self.snapshots.get(source)
        if where is not None:
            cell = ir.Cell(where.model.store, (ir.Const(where.model.name), where.key), name)
            if not any(isinstance(step, ir.Get) and step.bind == bind for step in where.op.steps):
                where.op.steps = (*where.op.steps, ir.Get(cell, bind))
        return Data(ir.Var(bind))

    def merge_values(self, name: str, seqs: list[ir.Seq], values: list[Value | None]) -> Value | None:
        """One value for a name that several paths have set; where they differ, each binds the same new name."""
        present = [one for one in values if one is not None]
        if not present:
            return None
        if all(one == present[0] for one in present[1:]):
            return present[0]
        objects = [one for one in present if not isinstance(one, Data)]
        if objects and not all(map(is_plain, objects)):
            return self._merge_objects(objects, seqs, values)
        columns = [one for one in present if isinstance(one, Data) and one.column]
        if columns:
            return columns[0]
        bind = self.fresh(name)
        has_guard = any(isinstance(one, Data) and one.guard is not None for one in present)
        for seq, value in zip(seqs, values, strict=True):
            if isinstance(value, Data) and value.guard is not None:
                self._let_guard(seq, bind, value.guard)
            elif value is not None:
                self.let(seq, bind, term_of(value))
        return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)) if has_guard else None)

    def _let_guard(self, seq: ir.Seq, bind: str, guard: ir.Guard) -> None:
        then, orelse = ir.Seq(), ir.Seq()
        self.let(then, bind, ir.Const(True))
        self.let(orelse, bind, ir.Const(False))
        known = self.defined[bind]
        self.defined[bind] = ir.Apply("either", (known, *guard_terms(guard)))
        seq.items.append(ir.Branch(guard, then, orelse, self.span, self.path))

    def _merge_tuples(self, lists: list[Items], seqs: list[ir.Seq]) -> Items | None:
        """Displays of one length, item by item (``return None, None`` here, ``return message, task`` there)."""
        sizes = {len(one.items) for one in lists}
        if len(sizes) > 1 or any(one.count is not None for one in lists):
            return None
        columns: list[list[Value | None]] = [[one.items[n] for one in lists] for n in range(*sizes)]
        merged = tuple(self.merge_values("item", seqs, column) for column in columns)
        return replace(lists[0], items=tuple(one for one in merged if one is not None))

    def _merge_lists(self, lists: list[Items], seqs: list[ir.Seq]) -> Items:
        """Lists that some paths have filled and others have not: the longest, and how long it is on each path."""
        longest = max(lists, key=lambda one: len(one.items))
        bind = self.fresh("count")
        for seq, one in zip(seqs, lists, strict=True):
            self.let(seq, bind, one.count if one.count is not None else ir.Const(len(one.items)))
        return replace(longest, count=ir.Var(bind))

    def _merge_objects(self, objects: Sequence[Value], seqs: list[ir.Seq], values: list[Value | None]) -> Value:
        rows = [one for one in objects if isinstance(one, Row)]
        lists = [one for one in values if isinstance(one, Items)]
        if lists and len(lists) == len(values):
            return self._merge_tuples(lists, seqs) or self._merge_lists(lists, seqs)
        if not rows:
            return next((one for one in objects if isinstance(one, Query | Rows)), objects[0])
        chosen = row_of_all(rows)
        if not any(isinstance(one, Data) and one.term == ir.Const(None) for one in values):
            return chosen
        bind = self.fresh("absent")
        for seq, value in zip(seqs, values, strict=True):
            self.let(seq, bind, ir.Const(isinstance(value, Data)))
        missing: ir.Guard = ir.IsTrue(ir.Var(bind))
        if chosen.absent is not None:
            missing = ir.AnyOf((missing, chosen.absent))
        return replace(chosen, absent=missing)
