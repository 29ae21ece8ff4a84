"""Locks as a function holds them: where each is taken, where given back, and what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.durations import seconds_of
from fenceline.analyzer.flow import Flow, atoms_of, unsigned, written_cells
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower_state import Fact


@dataclass(slots=True, eq=False)
class Hold:
    """One lock of one function, from where it is taken.

    ``taken`` is the fact of the acquisition: of a lock object, or (``is_made``) of a conditional write to a key that
    the function deletes later. ``given_back``: the releases, in the order of the source. ``expiry`` in seconds where it
    is stated; ``has_expiry``: whether there is one at all, None when that is not known.
    """

    taken: Fact
    given_back: tuple[Fact, ...]
    bind: str | None
    is_made: bool
    scope: str
    lease: str
    has_expiry: bool | None
    expiry: float | None
    renewed: bool

    @property
    def key(self) -> str:
        """What the lock is called."""
        return self.taken.target

    @property
    def named(self) -> str:
        """What a message calls it."""
        return f"the lock {self.key}"

    @property
    def cell(self) -> ir.Cell | None:
        """The key that a lock made by hand is."""
        return next((one.cell for one in _steps(self.taken.op) if isinstance(one, ir.PutIfAbsent)), None)


def holds_of(flow: Flow) -> Iterator[Hold]:
    """The locks that a function takes, in the order of the source."""
    for fact in flow.lowered.facts:
        if fact.op not in flow.places:
            continue
        if isinstance(fact.op, ir.Acquire):
            yield _library_hold(flow, fact, fact.op)
        elif fact.kind == "kv.insert":
            made = _made_hold(flow, fact)
            if made is not None:
                yield made


def _library_hold(flow: Flow, fact: Fact, op: ir.Acquire) -> Hold:
    later = [one for one in flow.lowered.facts if one.op in flow.places and flow.is_before(op, one.op)]
    releases = tuple(_releases_of(op, later))
    renewed = op.renews or any(isinstance(one.op, ir.Renew) and one.op.lock == op.lock for one in later)
    has_expiry = {"ttl": True, "": None}.get(op.lease, False)
    return Hold(fact, releases, op.bind, False, op.scope, op.lease, has_expiry, op.expiry, renewed)


def _releases_of(op: ir.Acquire, later: list[Fact]) -> Iterator[Fact]:
    """The releases that belong to an acquisition: those before the lock is taken anew."""
    is_given_back = False
    for one in later:
        if isinstance(one.op, ir.Acquire) and one.op.lock == op.lock and is_given_back:
            return
        if isinstance(one.op, ir.Release) and one.op.lock == op.lock:
            is_given_back = True
            yield one


def _made_hold(flow: Flow, fact: Fact) -> Hold | None:
    """``SET key token NX EX 30`` … ``DEL key``: a key that is never deleted is a mark, not a lock."""
    step = next((one for one in _steps(fact.op) if isinstance(one, ir.PutIfAbsent)), None)
    if step is None or step.cell.field is not None:
        return None
    later = [one for one in flow.lowered.facts if one.op in flow.places and flow.is_before(fact.op, one.op)]
    releases = tuple(one for one in later if frees(one, step.cell))
    if not releases or any(_uses(one, step.cell) for one in later):
        return None
    term = fact.options.get("expiry") or next(
        (one.options.get("expiry") for one in later if one.kind == "kv.expire" and one.bag == step.cell), None
    )
    renewed = "expiry" in fact.options and any(_prolongs(one, step.cell) for one in later)
    lease = "ttl" if term is not None else "none"
    expiry = seconds_of(term) if term is not None else None
    return Hold(fact, releases, step.bind, True, "distributed", lease, term is not None, expiry, renewed)


def _uses(fact: Fact, cell: ir.Cell) -> bool:
    """Whether an op counts or collects in the key: then it holds data, and is no lock."""
    return any(isinstance(one, ir.Modify) and one.cell == cell for one in _steps(fact.op))


def _prolongs(fact: Fact, cell: ir.Cell) -> bool:
    """Whether an op gives the key a new expiry: EXPIRE, or SET with one."""
    if fact.kind == "kv.expire":
        return fact.bag == cell
    return fact.kind == "kv.write" and "expiry" in fact.options and cell in set(written_cells(fact.op))


def _steps(op: ir.Op) -> tuple[ir.Step, ...]:
    return op.steps if isinstance(op, ir.Atomic) else ()


def frees(fact: Fact, cell: ir.Cell) -> bool:
    """Whether an op deletes a key, on a condition (a script that compares) or without."""
    if fact.kind not in {"kv.delete", "kv.script", "kv.write", "kv.update"}:
        return False
    removed = any(isinstance(one, ir.Remove) and one.cell == cell for one in _steps(fact.op))
    return removed or (fact.kind == "kv.script" and cell in set(written_cells(fact.op)))


def inside(flow: Flow, hold: Hold) -> list[ir.Op]:
    """The ops between taking a lock and giving it back for the last time, in order; to the end where it is kept.

    Not those that happen only when it was not got.
    """
    start = flow.places[hold.taken.op].number
    ends = [flow.places[one.op].number for one in hold.given_back]
    last = max(ends, default=len(flow.places))
    found = [op for op, place in flow.places.items() if start < place.number < last]
    return [op for op in found if not is_refused(flow, hold, op)]


def is_refused(flow: Flow, hold: Hold, op: ir.Op) -> bool:
    """Whether an op happens only where the lock was not got."""
    if hold.bind is None:
        return False
    for block in flow.places[op].blocks:
        if isinstance(block, ir.Branch):
            parts = block.guard.guards if isinstance(block.guard, ir.AllOf) else (block.guard,)
            for core, is_positive in map(unsigned, parts):
                is_answer = isinstance(core, ir.IsTrue) and core.term == ir.Var(hold.bind)
                if is_answer and (len(parts) == 1 or op in ops_in(block.then)):
                    return (op in ops_in(block.then)) != is_positive
    return False


def is_tested(flow: Flow, hold: Hold) -> bool:
    """Whether the run looks at what the attempt gave back; one that waits or raises need not be looked at."""
    if hold.bind is None:
        return True
    named = {hold.bind} | {
        name for name, lets in flow.lets.items() for term, _ in lets if hold.bind in flow.value_roots(term, set())
    }
    return any(True for name in named for _ in flow.branches_on(name))


def is_after_failure(flow: Flow, op: ir.Op) -> bool:
    """Whether an op happens only where something before it has failed."""
    return any(
        isinstance(block, ir.Try) and any(op in ops_in(one.body) for one in block.handlers)
        for block in flow.places[op].blocks
    )


def is_mark(flow: Flow, hold: Hold) -> bool:
    """Whether a key is taken away only when the work has failed, so that it may be done again: it says "done"."""
    return all(is_after_failure(flow, one.op) for one in hold.given_back)


def is_taken_over(flow: Flow, hold: Hold) -> bool:
    """Whether one who finds the key taken may change it: he looks who holds it, or since when.

    What changes the key before it is taken, or where it was not got.
    """
    cell = hold.cell
    return any(
        cell in set(written_cells(fact.op))
        and (flow.is_before(fact.op, hold.taken.op) or is_refused(flow, hold, fact.op))
        for fact in flow.lowered.facts
        if fact.op in flow.places and fact.op is not hold.taken.op
    )


def is_by_clock(flow: Flow, op: ir.Op) -> bool:
    """Whether an op happens only ahead of a time that the run knows: a test on its way looks at the clock."""
    terms = [term for guard in flow.places[op].guards for one in atoms_of(guard) for term in _terms_of(one)]
    todo, seen = flow.settled(terms), set[ir.Term]()
    while todo:
        term = todo.pop()
        if term == _NOW:
            return True
        if isinstance(term, ir.Apply) and term not in seen:
            seen.add(term)
            todo += flow.settled(term.args)
    return False


_NOW = ir.Shared("now")


def _terms_of(guard: ir.Guard) -> tuple[ir.Term, ...]:
    match guard:
        case ir.Ask(args=args):
            return args
        case ir.IsAbsent(term=term) | ir.IsTrue(term=term):
            return (term,)
        case ir.IsEqual(term=term, value=value):
            return (term, value)
        case _:
            return ()


def is_owner_read(flow: Flow, hold: Hold, op: ir.Op) -> bool:
    """Whether it is decided on what the lock's key holds whether an op happens."""
    decides = flow.controls(op)
    for fact in flow.lowered.facts:
        if fact.kind == "kv.read" and fact.op in flow.places and isinstance(fact.op, ir.Atomic):
            if any(isinstance(one, ir.Get) and one.cell == hold.cell and one.bind in decides for one in fact.op.steps):
                return True
    return False


def releases_unheld(flow: Flow, hold: Hold, op: ir.Op) -> bool:
    """Whether a run that has not got the lock gives it back all the same: a ``finally`` around the attempt as well.

    One that waits, or that raises, has got it.
    """
    if hold.bind is None or hold.bind in flow.controls(op):
        return False
    return any(
        isinstance(block, ir.Try) and op in ops_in(block.final) and hold.taken.op in ops_in(block.body)
        for block in flow.places[op].blocks
    ) and any(_turns_away(branch, hold.bind) for branch, _ in flow.branches_on(hold.bind))


def _turns_away(branch: ir.Branch, bind: str) -> bool:
    """Whether a run that has not got the lock leaves here, by its own will."""
    core, is_positive = unsigned(branch.guard)
    if not isinstance(core, ir.IsTrue) or core.term != ir.Var(bind):
        return False
    refused = branch.orelse if is_positive else branch.then
    return any(isinstance(one, ir.Return | ir.Raise | ir.Continue | ir.Break) for one in refused.items)


def commits_late(flow: Flow, hold: Hold, writes: Iterable[ir.Op]) -> bool:
    """Whether what these ops write is committed only after the lock has been given back, or by the caller."""
    releases = [one.op for one in hold.given_back]
    if not releases:
        return False
    for op in writes:
        blocks = [one for one in flow.places[op].blocks if isinstance(one, ir.Tx)]
        if blocks:
            if all(blocks[0] in flow.places[one].blocks for one in releases):
                return True
        elif _is_open_at(flow, op, releases):
            return True
    return False


def _is_open_at(flow: Flow, op: ir.Op, releases: list[ir.Op]) -> bool:
    """Whether the transaction begun by an explicit BEGIN, or by the first statement, is open at every release."""
    if not any(isinstance(one, ir.Begin) and flow.is_before(one, op) for one in flow.places):
        return False
    first = min(flow.places[op].number, *(flow.places[one].number for one in releases))
    last = max(flow.places[one].number for one in releases)
    ends = [place.number for one, place in flow.places.items() if isinstance(one, ir.Commit | ir.Rollback)]
    return not any(first < number < last for number in ends)


# ------------------------------------------------------------------------ in the source


def is_dropped(flow: Flow, hold: Hold) -> bool:
    """Whether the source throws away what the attempt gave back: it is no part of anything, or of a name never read.

    Only of an attempt that stands in the function itself.
    """
    body = flow.lowered.node.body
    if hold.taken.op.path != flow.lowered.path or any(True for _ in flow.branches_on(hold.bind or "")):
        return False  # ``execute(…)``, and the answer is fetched in another statement
    for one in walk(body):
        match one:
            case nodes.ExprStmt(value=value) if _is_attempt(value, hold):
                return True
            case nodes.Assign(targets=[nodes.Name(id=name)], value=nodes.Node() as value) if _is_attempt(value, hold):
                return not _is_read(body, name)
            case nodes.WithItem(target=target) if one.span == hold.taken.op.span:
                return target is None or (isinstance(target, nodes.Name) and not _is_read(body, target.id))
            case _:
                pass
    return False


def _is_attempt(value: nodes.Node, hold: Hold) -> bool:
    while isinstance(value, nodes.Await):
        value = value.value
    return isinstance(value, nodes.Call) and value.span == hold.taken.op.span


def _is_read(body: list[nodes.Stmt], name: str) -> bool:
    """Whether a name occurs more often than it is assigned, nested functions included."""
    count, todo = 0, [*walk(body)]
    while todo:
        one = todo.pop()
        if isinstance(one, nodes.Name) and one.id == name:
            count += 1
        elif isinstance(one, nodes.Assign):
            count -= sum(isinstance(target, nodes.Name) and target.id == name for target in one.targets)
        elif isinstance(one, nodes.WithItem) and isinstance(one.target, nodes.Name):
            count -= one.target.id == name
        elif isinstance(one, nodes.FunctionDef | nodes.Lambda):
            todo += walk(one.body)
        elif isinstance(one, nodes.Scope) and name in one.names:
            return True
    return count > 0


def lines_of(flow: Flow, hold: Hold) -> range:
    """The lines in which a lock is held by the function itself; empty where it is not given back there."""
    op = hold.taken.op
    for one in walk(flow.lowered.node.body):
        if isinstance(one, nodes.With) and any(item.span == op.span for item in one.items):
            return range(op.span.line, one.body[-1].span.end_line + 1)
    last = max((one.op.span.end_line for one in hold.given_back if one.op.path == op.path), default=0)
    return range(op.span.line, last + 1)
