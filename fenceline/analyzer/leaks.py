"""Ways out of a function on which a lock that was taken is not given back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.flow import unsigned
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.nodes import Span

MOST_STATES = 64
CATCH_ALL = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Leak:
    """One way out. ``how``: 'raise', 'return', 'continue' or 'end'; ``op``: what fails there; ``span``: where it is."""

    how: str
    op: ir.Op | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class _State:
    """Whether the lock is held; the names of which the truth is known on this way; what made it leave."""

    held: bool = False
    known: frozenset[tuple[str, bool]] = frozenset()
    leak: Leak | None = None

    def knowing(self, name: str, truth: bool | None) -> _State:
        rest = frozenset(one for one in self.known if one[0] != name)
        return _State(self.held, rest if truth is None else rest | {(name, truth)}, self.leak)

    def truth(self, name: str) -> bool | None:
        return next((truth for one, truth in self.known if one == name), None)


class _TooManyError(Exception):
    """More ways than are followed."""


_LEAVING = (ir.Return, ir.Raise, ir.Break, ir.Continue)
Ends = dict[str, frozenset[_State]]
_FAILING = (ir.Atomic, ir.Send, ir.External, ir.Opaque, ir.Unread, ir.Acquire, ir.Commit)


def _may_fail(op: ir.Op) -> bool:
    """Whether an op may raise an exception: all but sleeping, and what sets an expiry."""
    return isinstance(op, _FAILING) or (isinstance(op, ir.Slow) and op.what not in {"", "sleep"})


class _Walk:
    def __init__(self, taken: ir.Op, given_back: Iterable[ir.Op], bind: str | None) -> None:
        self.taken, self.given_back, self.bind = taken, frozenset(given_back), bind
        self.lock = ir.Apply(ir.HELD, taken.lock) if isinstance(taken, ir.Acquire) else None

    # ------------------------------------------------------------------- structure

    def seq(self, seq: ir.Seq, states: frozenset[_State]) -> Ends:
        ends: dict[str, set[_State]] = {}
        for item in seq.items:
            if not states:
                break
            if len(states) > MOST_STATES:
                raise _TooManyError
            found = self.item(item, states)
            states = found.pop("on", frozenset())
            for end, more in found.items():
                ends.setdefault(end, set()).update(more)
        made = {end: frozenset(some) for end, some in ends.items()}
        if states:
            made["on"] = states
        return made

    def item(self, item: ir.Tree, states: frozenset[_State]) -> Ends:
        match item:
            case ir.Op():
                return self.op(item, states)
            case ir.Seq():
                return self.seq(item, states)
            case ir.Let(bind=bind, value=value):
                return {"on": frozenset(one.knowing(bind, _truth(value, one)) for one in states)}
            case ir.Branch():
                return self.branch(item, states)
            case ir.Loop():
                return self.loop(item, states)
            case ir.Tx(body=body):
                return self.seq(body, states)
            case ir.Frame(body=body):
                return self.frame(body, states)
            case ir.Try():
                return self.guarded(item, states)
            case ir.Return(span=span):
                leak = Leak("return", None, span)
                return {"return": frozenset(_State(one.held, one.known, leak) for one in states)}
            case ir.Raise(cls=cls, span=span):
                leak = Leak("raise", None, span)
                again = [one.leak if cls == "*" and one.leak is not None else leak for one in states]
                raised = zip(states, again, strict=True)
                return {f"raise {cls}": frozenset(_State(one.held, one.known, why) for one, why in raised)}
            case ir.Break():
                return {"break": states}
            case ir.Continue():
                return {"continue": states}

    def op(self, op: ir.Op, states: frozenset[_State]) -> Ends:
        ends: Ends = {}
        if _may_fail(op) and op not in self.given_back:
            leak = Leak("raise", op, op.span)
            ends["raise "] = frozenset(_State(one.held, one.known, leak) for one in states)
        if op in self.given_back:
            states = frozenset(_State(held=False, known=one.known) for one in states)
        elif op is self.taken and self.bind is None:
            states = frozenset(_State(held=True, known=one.known) for one in states)
        elif op is self.taken and self.bind is not None:
            states = frozenset(
                _State(held, one.known).knowing(self.bind, held) for one in states for held in (True, False)
            )
        ends["on"] = frozenset(_State(one.held, one.known) for one in states)
        return ends

    def branch(self, branch: ir.Branch, states: frozenset[_State]) -> Ends:
        then = frozenset(one for one in states if _holds(branch.guard, one, self.lock) is not False)
        orelse = frozenset(one for one in states if _holds(branch.guard, one, self.lock) is not True)
        if _asks_a_lock(branch.guard):
            pass  # of this one it is known, of another it says nothing here
        elif self.only_releases(branch.then, branch.orelse):
            orelse -= frozenset(one for one in orelse & then if one.held)
        elif self.only_releases(branch.orelse, branch.then):
            then -= frozenset(one for one in orelse & then if one.held)
        ends = _both(self.seq(branch.then, then), self.seq(branch.orelse, orelse))
        if "continue" in ends:
            leak = Leak("continue", None, branch.span)
            ends["continue"] = frozenset(_State(one.held, one.known, one.leak or leak) for one in ends["continue"])
        return ends

    def only_releases(self, side: ir.Seq, other: ir.Seq) -> bool:
        """``if self._is_held: lock.release()``: a test that cannot be read asks whether the lock is held."""
        if any(isinstance(one, ir.Op) for one in other.items) or any(isinstance(one, _LEAVING) for one in side.items):
            return False
        return any(op in self.given_back for op in ops_in(side))

    def frame(self, body: ir.Seq, states: frozenset[_State]) -> Ends:
        ends = self.seq(body, states)
        returned = frozenset(_State(one.held, one.known) for one in ends.pop("return", frozenset()))
        return _both(ends, {"on": returned} if returned else {})

    def loop(self, loop: ir.Loop, states: frozenset[_State]) -> Ends:
        """One round. Where a break leaves the loop, that is how it is left."""
        ends = self.seq(loop.body, states)
        skipped = ends.pop("continue", frozenset())
        if skipped and self.taken in ops_in(loop.body):
            stuck = frozenset(one for one in skipped if one.held)  # the next round meets the lock of this one
            skipped -= stuck
            ends = _both(ends, {"continue to the next": stuck}) if stuck else ends
        around = ends.pop("on", frozenset()) | skipped
        left = ends.pop("break", None)
        ends["on"] = left if left is not None else around if loop.kind != "data" else around | states
        return ends

    def guarded(self, item: ir.Try, states: frozenset[_State]) -> Ends:
        body = self.seq(item.body, states)
        raised = {end: body.pop(end) for end in list(body) if end.startswith("raise")}
        ends = _both(body, {})
        if "on" in ends:
            ends = _both({end: some for end, some in ends.items() if end != "on"}, self.seq(item.orelse, ends["on"]))
        for end, some in raised.items():
            ends = _both(ends, self.handled(item, end, some))
        made: Ends = {}
        for end, some in ends.items():
            final = self.seq(item.final, some)
            on = final.pop("on", None)
            made = _both(made, final)
            if on is not None:
                made = _both(made, {end: on})
        return made

    def handled(self, item: ir.Try, end: str, states: frozenset[_State]) -> Ends:
        """What becomes of an exception: handled where a handler is for it, or may be; else it goes on."""
        cls = end.removeprefix("raise ")
        ends: Ends = {}
        for handler in item.handlers:
            catches_all = not handler.classes or bool(CATCH_ALL & set(handler.classes))
            if catches_all or cls in handler.classes or cls in {"", "*"}:
                body = self.seq(handler.body, states)
                ends = _both(ends, {("raise " if one == "raise *" else one): some for one, some in body.items()})
            if catches_all or (cls not in {"", "*"} and cls in handler.classes):
                return ends
        return _both(ends, {end: states})


def _asks_a_lock(guard: ir.Guard) -> bool:
    """Whether a guard is a question put to a lock of a library, which is read."""
    core, _ = unsigned(guard)
    return isinstance(core, ir.IsTrue) and isinstance(core.term, ir.Apply) and core.term.label == ir.HELD


def _both(one: Ends, other: Ends) -> Ends:
    return {end: one.get(end, frozenset()) | other.get(end, frozenset()) for end in {**one, **other}}


# ------------------------------------------------------------------------- truths


def _truth(term: ir.Term, state: _State) -> bool | None:
    match term:
        case ir.Const(value=value):
            return bool(value)
        case ir.Var(name=name):
            return state.truth(name)
        case ir.Apply(label="bool", args=(one,)):
            return _truth(one, state)
        case _:
            return None


def _holds(guard: ir.Guard, state: _State, lock: ir.Term | None) -> bool | None:
    """Whether a guard lets this way through, None where that is not known; ``lock`` asks whether it is held."""
    match guard:
        case ir.Not(guard=inner):
            found = _holds(inner, state, lock)
            return None if found is None else not found
        case ir.AllOf(guards=guards):
            found_all = [_holds(one, state, lock) for one in guards]
            return False if False in found_all else None if None in found_all else True
        case ir.AnyOf(guards=guards):
            found_any = [_holds(one, state, lock) for one in guards]
            return True if True in found_any else None if None in found_any else False
        case ir.IsTrue(term=term) if term == lock:
            return state.held
        case ir.IsTrue(term=term):
            return _truth(term, state)
        case ir.IsAbsent(term=term):
            known = _truth(term, state)
            return None if known is None else not known
        case ir.IsEqual(term=term, value=ir.Const(value=bool() as value)):
            known = _truth(term, state)
            return None if known is None else known is value
        case _:
            return None


def leaks_of(tree: ir.Seq, taken: ir.Op, given_back: Iterable[ir.Op], bind: str | None) -> list[Leak]:
    """The ways out of a function, its frame or all of the entry, on which a lock is held that it has taken.

    In the order of the source. Empty too where there are too many ways to follow.
    """
    walk = _Walk(taken, given_back, bind)
    body = next((one.body for one in tree.items[:1] if isinstance(one, ir.Frame)), tree)
    try:
        ends = walk.seq(body, frozenset({_State()}))
    except _TooManyError:
        return []
    found: dict[Leak, None] = {}
    for how, states in ends.items():
        for one in states:
            if one.held:
                is_end = one.leak is None or how == "on" or (how == "return" and _is_around(one.leak.span, taken.span))
                found[Leak("end", None, None) if is_end or one.leak is None else one.leak] = None
    return sorted(found, key=_order)


def _is_around(span: Span | None, inner: Span) -> bool:
    """Whether a return is the implicit one at the end of the function, which has the place of the whole function."""
    return span is not None and span.line <= inner.line and inner.end_line <= span.end_line


def _order(leak: Leak) -> tuple[bool, int, int]:
    return leak.span is None, leak.span.line if leak.span else 0, leak.span.column if leak.span else 0
