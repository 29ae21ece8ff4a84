"""What depends on what in an effect tree: which reads a write's value or a branch was decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower import Lowered
from fenceline.analyzer.lower_state import Fact, Opened
from fenceline.analyzer.lowering import ASKS_TRANSACTION
from fenceline.analyzer.values import Model, vars_of

if TYPE_CHECKING:
    from fenceline.analyzer.beside import Writer


@dataclass(slots=True, eq=False)
class Place:
    """Where an op stands: its number in the order of the source, the guards passed on the way, what encloses it."""

    op: ir.Op
    number: int
    guards: tuple[ir.Guard, ...]
    blocks: tuple[object, ...]


@dataclass(slots=True, eq=False)
class Flow:
    """The dependencies in one lowered entry."""

    lowered: Lowered
    places: dict[ir.Op, Place] = field(default_factory=dict)
    binders: dict[str, tuple[ir.Atomic, ir.Step]] = field(default_factory=dict)
    lets: dict[str, list[tuple[ir.Term, tuple[ir.Guard, ...]]]] = field(default_factory=dict)
    cases: dict[ir.Guard, int] = field(default_factory=dict)  # what one branch asks for and the next for its opposite
    ask_entry: Callable[[], Entry] = Entry
    ask_outer: Callable[[ir.Op | None], Opened | None] = lambda _: None
    ask_siblings: Callable[[], tuple[Flow, ...]] = tuple
    sent_by_jobs: Callable[[Fact], bool] = lambda _: False
    jobs_of: Callable[[str], tuple[int, int]] = lambda _: (0, 0)
    writers_of: Callable[[Model, frozenset[str]], list[Writer]] = lambda _, __: []
    _roots: dict[str, frozenset[str]] = field(default_factory=dict)
    _entry: Entry | None = None
    memo: dict[str, object] = field(default_factory=dict)  # what several rules ask for

    @property
    def entry(self) -> Entry:
        """Who runs the function, found out when it is first asked."""
        if self._entry is None:
            self._entry = self.ask_entry()
        return self._entry

    @property
    def outer(self) -> Opened | None:
        """A transaction in which the function is called by somebody in sight, None for none; found out when asked."""
        if "outer" not in self.memo:
            self.memo["outer"] = None if self._is_durable() else self.ask_outer(None)
        found = self.memo["outer"]
        return found if isinstance(found, Opened) else None

    def outer_at(self, op: ir.Op) -> Opened | None:
        """The same, for callers only that call the function in such a way that it does this."""
        return None if self.outer is None or self._is_durable() else self.ask_outer(op)

    def _is_durable(self) -> bool:
        return any(isinstance(block, ir.Tx) and block.is_durable for block in self._blocks())

    @property
    def siblings(self) -> tuple[Flow, ...]:
        """The functions of the module, this one among them, each lowered by itself; found out when asked."""
        return self.ask_siblings()

    def _blocks(self) -> Iterator[object]:
        for place in self.places.values():
            yield from place.blocks

    def transaction(self, op: ir.Op) -> ir.Tx | ir.Begin | None:
        """The function's own transaction that is open at an op: the outermost block, or the explicit BEGIN.

        An inner block is a savepoint: leaving it commits nothing.
        """
        blocks = [one for one in self.places[op].blocks if isinstance(one, ir.Tx)]
        if blocks:
            return blocks[0]
        known = self.memo.get("begun")
        if not isinstance(known, dict):
            known = self.memo["begun"] = dict(self._begun())
        found = known.get(op)
        return found if isinstance(found, ir.Begin) else None

    def _begun(self) -> Iterator[tuple[ir.Op, ir.Begin | None]]:
        """Every op with the BEGIN before it that nothing has ended yet."""
        begun: ir.Begin | None = None
        for op in self.places:
            yield op, begun
            if isinstance(op, ir.Begin):
                begun = op
            elif isinstance(op, ir.Commit | ir.Rollback):
                begun = None

    def asks_transaction(self, op: ir.Op) -> bool:
        """Whether it depends on a transaction being open whether an op happens: ``if connection.in_atomic_block``."""
        return any(
            isinstance(core, ir.IsTrue) and isinstance(core.term, ir.Apply) and core.term.label == ASKS_TRANSACTION
            for guard in self.places[op].guards
            for core in atoms_of(guard)
        )

    def roots(self, names: frozenset[str]) -> frozenset[str]:
        """The names bound by ops on which these names depend, by value or by the branch that gave them a value."""
        found: set[str] = set()
        for name in names:
            found |= self._root(name)
        return frozenset(found)

    def _root(self, name: str) -> frozenset[str]:
        if name in self._roots:
            return self._roots[name]
        self._roots[name] = frozenset()
        found: set[str] = {name} if name in self.binders else set()
        for term, _ in self.lets.get(name, ()):
            found |= self.roots(vars_of(term))
        for guard in self._choosing(name):
            found |= self.roots(vars_of(guard))
        self._roots[name] = frozenset(found)
        return self._roots[name]

    def _choosing(self, name: str) -> Iterator[ir.Guard]:
        """The guards that decide which value a name has: not those after which it is the same either way.

        A name is given a value on every way to where it is used, so what comes after a guard is on both of its sides.
        """
        values: dict[int, tuple[ir.Guard, set[ir.Term]]] = {}
        for term, guards in self.lets.get(name, ()):
            for guard in guards:
                values.setdefault(id(guard), (guard, set()))[1].add(term)
        yield from (guard for guard, terms in values.values() if len(terms) > 1)

    def controls(self, op: ir.Op) -> frozenset[str]:
        """The names on which it depends whether the op happens."""
        place = self.places.get(op)
        if place is None:
            return frozenset()
        names: set[str] = set()
        for guard in place.guards:
            names |= vars_of(guard)
        return self.roots(frozenset(names))

    def values(self, op: ir.Op, cell: ir.Cell | None = None) -> frozenset[str]:
        """The names of which the values written by the op (to the cell) are made."""
        names: set[str] = set()
        for term in terms_of(op, cell):
            names |= vars_of(term)
        for term in self.lowered.uses.get(op, ()):
            names |= vars_of(term)
        return self.roots(frozenset(names))

    def value_roots(self, term: ir.Term, seen: set[str]) -> frozenset[str]:
        """The names bound by ops of which a value is made, whichever branch made it."""
        found: set[str] = set()
        for name in vars_of(term):
            if name in self.binders:
                found.add(name)
            elif name not in seen:
                seen.add(name)
                for one, _ in self.lets.get(name, ()):
                    found |= self.value_roots(one, seen)
        return frozenset(found)

    def settled(self, terms: Iterable[ir.Term]) -> list[ir.Term]:
        """The terms, and for names those that they may stand for."""
        found: list[ir.Term] = []
        todo, seen = list(terms), set[ir.Term]()
        while todo:
            term = todo.pop()
            if term in seen:
                continue
            seen.add(term)
            found.append(term)
            if isinstance(term, ir.Var):
                todo.extend(one for one, _ in self.lets.get(term.name, ()))
        return found

    def branches_on(self, bind: str) -> Iterator[tuple[ir.Branch, bool]]:
        """The branches that look at what a read has bound, and whether each is in the entry's own frame."""
        for branch, depth in _branches_in(self.lowered.tree, 0):
            if bind in vars_of(branch.guard):
                yield branch, depth <= 1

    def branches_from(self, bind: str) -> Iterator[ir.Branch]:
        """The branches that depend on what a read has bound, by another name too."""
        if "branches by root" not in self.memo:
            found: dict[str, list[ir.Branch]] = {}
            for branch, _ in _branches_in(self.lowered.tree, 0):
                for root in self.roots(vars_of(branch.guard)):
                    found.setdefault(root, []).append(branch)
            self.memo["branches by root"] = found
        known = self.memo["branches by root"]
        yield from known.get(bind, ()) if isinstance(known, dict) else ()

    def goes_on_with(self, bind: str) -> bool:
        """Whether the run goes on with, or gives back, the very value that a read bound."""
        name = ir.Var(bind)
        if any(term == name for lets in self.lets.values() for term, _ in lets):
            return True
        return any(bind in self.value_roots(one, set()) for one in _returned(self.lowered.tree))

    def are_at_once(self, one: ir.Op, other: ir.Op) -> bool:
        """Whether two ops happen at one moment: in one run of a script."""
        theirs = self.places[other].blocks
        return any(
            isinstance(block, ir.Frame) and block.is_atomic and block in theirs for block in self.places[one].blocks
        )

    def is_before(self, one: ir.Op, other: ir.Op) -> bool:
        """Whether the first op stands before the second in the source."""
        return self.places[one].number < self.places[other].number

    def exclude(self, one: ir.Op, other: ir.Op) -> bool:
        """Whether no run does both: on two sides of one branch, or the branch of the first leaves before the second."""
        theirs = {id(branch): branch for branch in self.places[one].blocks if isinstance(branch, ir.Branch)}
        return self._leaves_before(*sorted((one, other), key=lambda op: self.places[op].number)) or any(
            isinstance(branch, ir.Branch)
            and id(branch) in theirs
            and (one in ops_in(branch.then)) != (other in ops_in(branch.then))
            for branch in self.places[other].blocks
        )

    def _leaves_before(self, first: ir.Op, second: ir.Op) -> bool:
        """Whether a branch around the first op ends in leaving the function or the loop that the second is in too."""
        blocks, theirs = self.places[first].blocks, self.places[second].blocks
        for index, branch in enumerate(blocks):
            if not isinstance(branch, ir.Branch) or branch in theirs:
                continue
            side = branch.then if first in ops_in(branch.then) else branch.orelse
            way_out = side.items[-1] if side.items else None
            if not isinstance(way_out, ir.Return | ir.Break | ir.Continue):
                continue
            kind = ir.Frame if isinstance(way_out, ir.Return) else ir.Loop
            left = next((at for at in range(index - 1, -1, -1) if isinstance(blocks[at], kind)), None)
            is_within = kind is ir.Frame if left is None else blocks[left] in theirs
            inside = blocks[left or 0 : index]
            is_final = any(isinstance(item, ir.Try) and second in ops_in(item.final) for item in inside)
            tells_caller = isinstance(way_out, ir.Return) and self._asks_for(second, side, way_out)
            if (is_within or tells_caller) and not is_final:
                return True
        return False

    def _asks_for(self, op: ir.Op, side: ir.Seq, end: ir.Return) -> bool:
        """Whether an op is done depending on what a call gives back, which on this side of a branch is nothing."""
        parts = end.value.args if isinstance(end.value, ir.Apply) and end.value.label == "tuple" else (end.value,)
        given = frozenset(one.bind for one in side.items if isinstance(one, ir.Let))
        is_nothing = all(part is None or (isinstance(part, ir.Const) and not part.value) for part in parts)
        return is_nothing and any(given & vars_of(guard) for guard in self.places[op].guards)


def _returned(seq: ir.Seq) -> Iterator[ir.Term]:
    """The values that a run may give back."""
    for item in seq.items:
        match item:
            case ir.Return(value=value):
                if value is not None:
                    yield value
            case ir.Branch(then=then, orelse=orelse):
                yield from _returned(then)
                yield from _returned(orelse)
            case ir.Loop(body=body) | ir.Tx(body=body) | ir.Frame(body=body):
                yield from _returned(body)
            case ir.Try(body=body, orelse=orelse, final=final):
                for inner in (body, orelse, final):
                    yield from _returned(inner)
            case _:
                pass


def _branches_in(seq: ir.Seq, depth: int) -> Iterator[tuple[ir.Branch, int]]:
    for item in seq.items:
        match item:
            case ir.Branch(then=then, orelse=orelse):
                yield item, depth
                yield from _branches_in(then, depth)
                yield from _branches_in(orelse, depth)
            case ir.Seq():
                yield from _branches_in(item, depth)
            case ir.Loop(body=body) | ir.Tx(body=body):
                yield from _branches_in(body, depth)
            case ir.Frame(body=body):
                yield from _branches_in(body, depth + 1)
            case ir.Try(body=body, handlers=handlers, orelse=orelse, final=final):
                for one in (body, *(handler.body for handler in handlers), orelse, final):
                    yield from _branches_in(one, depth)
            case _:
                pass


def atoms_of(guard: ir.Guard) -> Iterator[ir.Guard]:
    """The plain guards that a guard is made of."""
    if isinstance(guard, ir.Not):
        yield from atoms_of(guard.guard)
    elif isinstance(guard, ir.AllOf | ir.AnyOf):
        for part in guard.guards:
            yield from atoms_of(part)
    else:
        yield guard


def terms_of(op: ir.Op, cell: ir.Cell | None = None) -> Iterator[ir.Term]:
    """The values that an op writes or sends."""
    if isinstance(op, ir.Send | ir.External):
        yield from op.values
    if isinstance(op, ir.Atomic):
        for step in op.steps:
            if isinstance(step, ir.Put | ir.Modify | ir.PutIfAbsent | ir.Insert):
                if cell is None or step.cell == cell:
                    yield step.value
            elif isinstance(step, ir.CompareAndSet):
                for target, value in step.writes:
                    if cell is None or target == cell:
                        yield value


def written_cells(op: ir.Op) -> Iterator[ir.Cell]:
    """The cells that an op changes."""
    if not isinstance(op, ir.Atomic):
        return
    for step in op.steps:
        if isinstance(step, ir.CompareAndSet):
            for cell, _ in step.writes:
                yield cell
        elif not isinstance(step, ir.Get):
            yield step.cell


def read_steps(op: ir.Op) -> Iterator[ir.Get]:
    """The reads of an op that bind a name."""
    if isinstance(op, ir.Atomic):
        for step in op.steps:
            if isinstance(step, ir.Get) and step.bind is not None:
                yield step


def flow_of(lowered: Lowered) -> Flow:
    """Walks the tree once."""
    flow = Flow(lowered)
    _walk(flow, lowered.tree, (), ())
    return flow


def _walk(flow: Flow, seq: ir.Seq, guards: tuple[ir.Guard, ...], blocks: tuple[object, ...]) -> tuple[ir.Guard, ...]:
    """Visits a sequence; the guards that hold after it (a branch that leaves guards what follows)."""
    for item in seq.items:
        guards = _visit(flow, item, guards, blocks)
    return guards


def _visit(flow: Flow, item: ir.Tree, guards: tuple[ir.Guard, ...], blocks: tuple[object, ...]) -> tuple[ir.Guard, ...]:
    match item:
        case ir.Seq():
            return _walk(flow, item, guards, blocks)
        case ir.Let(bind=bind, value=value):
            flow.lets.setdefault(bind, []).append((value, guards))
        case ir.Branch():
            return _visit_branch(flow, item, guards, blocks)
        case ir.Loop(body=body, kind="retry"):
            _walk(flow, body, guards, (*blocks, item))
            return (*guards, *_left_under(body))
        case ir.Loop(body=body):
            _walk(flow, body, guards, (*blocks, item))
        case ir.Tx(body=body):
            return _walk(flow, body, guards, (*blocks, item))
        case ir.Frame(body=body):
            _walk(flow, body, guards, (*blocks, item))
            return (*guards, *_raised_under(body))
        case ir.Try():
            inner = _walk(flow, item.body, guards, (*blocks, item))
            for handler in item.handlers:
                _walk(flow, handler.body, (*guards, *_raised_under(item.body)), (*blocks, item))
            _walk(flow, item.orelse, inner, (*blocks, item))
            _walk(flow, item.final, guards, (*blocks, item))
            return inner if not item.handlers else guards
        case ir.Op():
            _place(flow, item, guards, blocks)
        case _:
            pass
    return guards


def _visit_branch(
    flow: Flow, item: ir.Branch, guards: tuple[ir.Guard, ...], blocks: tuple[object, ...]
) -> tuple[ir.Guard, ...]:
    _note_cases(flow, item)
    under = (*guards, item.guard)
    then = _walk(flow, item.then, under, (*blocks, item))
    orelse = _walk(flow, item.orelse, under, (*blocks, item))
    gained = (*then[len(under) :], *orelse[len(under) :])
    if leaves(item.then) or leaves(item.orelse):
        return (*under, *gained)
    return (*guards, item.guard, *gained) if gained else guards


def _note_cases(flow: Flow, item: ir.Branch) -> None:
    """``if a and b: … elif not a and c: …``: never both, so ``a`` is asked though it depends on nothing watched."""
    if not isinstance(item.guard, ir.AllOf):
        return
    parts = {unsigned(one) for one in item.guard.guards}
    for other in item.orelse.items:
        if isinstance(other, ir.Branch) and isinstance(other.guard, ir.AllOf):
            for core, is_positive in map(unsigned, other.guard.guards):
                if (core, not is_positive) in parts:
                    flow.cases.setdefault(core, len(flow.cases))


def unsigned(guard: ir.Guard) -> tuple[ir.Guard, bool]:
    """A guard without its negations, and whether it stands as it is."""
    is_positive = True
    while isinstance(guard, ir.Not):
        guard, is_positive = guard.guard, not is_positive
    return guard, is_positive


def _raised_under(seq: ir.Seq) -> tuple[ir.Guard, ...]:
    """The guards under which a try body raises by itself: what its handlers are decided on."""
    found: list[ir.Guard] = []
    for item in seq.items:
        if isinstance(item, ir.Branch):
            if any(isinstance(one, ir.Raise) for one in (*item.then.items, *item.orelse.items)):
                found.append(item.guard)
            found.extend(_raised_under(item.then))
            found.extend(_raised_under(item.orelse))
        elif isinstance(item, ir.Frame | ir.Tx | ir.Loop):
            found.extend(_raised_under(item.body))
    return tuple(found)


def _left_under(seq: ir.Seq) -> tuple[ir.Guard, ...]:
    """The guards under which a loop is left: what follows a loop that tries until it succeeds is decided on them."""
    branches = [one for one in seq.items if isinstance(one, ir.Branch)]
    return tuple(one.guard for one in branches if _breaks(one.then) or _breaks(one.orelse))


def _breaks(seq: ir.Seq) -> bool:
    return any(isinstance(one, ir.Break) for one in seq.items)


def leaves(seq: ir.Seq) -> bool:
    """Whether a sequence never gets to its end."""
    for item in seq.items:
        if isinstance(item, ir.Return | ir.Raise | ir.Break | ir.Continue):
            return True
        if isinstance(item, ir.Branch) and leaves(item.then) and leaves(item.orelse):
            return True
        if isinstance(item, ir.Tx) and leaves(item.body):
            return True
    return False


def _place(flow: Flow, op: ir.Op, guards: tuple[ir.Guard, ...], blocks: tuple[object, ...]) -> None:
    flow.places[op] = Place(op, len(flow.places), guards, blocks)
    if isinstance(op, ir.Atomic):
        for step in op.steps:
            bind = getattr(step, "bind", None)
            if bind is not None:
                flow.binders[bind] = (op, step)
    elif isinstance(op, ir.Acquire) and op.bind is not None:
        flow.binders.setdefault(
            op.bind, (ir.Atomic(op.span, op.path, op.text), ir.Get(ir.Cell("lock", op.lock), op.bind))
        )
