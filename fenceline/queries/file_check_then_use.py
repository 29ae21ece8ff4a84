"""How FEN212 (file-check-then-use) is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fenceline.analyzer import ir
from fenceline.analyzer.file_locks import Unlocked, changed_without_lock
from fenceline.analyzer.flow import Flow, leaves
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower_files import ASKED
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.slices import Candidate
from fenceline.analyzer.suspicion import suspicion_of
from fenceline.queries.proposal import Proposal, told_step

Known = Mapping[ir.Term, bool]
"""Paths of which a run has asked whether there is a file, and the answer."""

_ERRORS: Mapping[bool, frozenset[str]] = {
    True: frozenset({"FileNotFoundError", "NotADirectoryError"}),
    False: frozenset({"FileExistsError"}),
}
_ALL_ERRORS = frozenset({"OSError", "IOError", "EnvironmentError", "Exception", "BaseException"})
_FAILS_WITHOUT = frozenset({"remove", "unmake", "move", "replace", "copy", "read"})
_MAKES = frozenset({"create", "make", "store"})
_PUTS_AT_TARGET = frozenset({"move", "copy"})
_QUIET = frozenset({"create", "copy", "move", "store"})  # another's file is no error for them


def query(flow: Flow) -> Iterator[Proposal]:
    """Changes of files that depend on whether they were found to be there, and files handed on half written."""
    yield from _handed_on(flow)
    yield from (_proposal_without_lock(flow, one) for one in changed_without_lock(flow))
    checks = [one for one in flow.lowered.facts if one.kind == "file.check" and one.op in flow.places]
    changes = (
        {one.op: one for one in flow.lowered.facts if one.kind == "file.change" and one.op in flow.places}
        if checks
        else {}
    )
    if not changes:
        return
    for op, known in _answers(flow.lowered.tree, {}):
        change = changes.get(op)
        if change is None:
            continue
        for path, is_there in _used(change):
            if known.get(path) is is_there and _is_shared(path):
                asked = [one for one in checks if one.options["path"] == path and flow.is_before(one.op, op)]
                if asked and not _is_caught(flow, change, is_there=is_there) and not _is_locked(flow, asked[-1].op):
                    yield _proposal(flow, asked[-1], change, path, is_there=is_there)
                    break


def _used(change: Fact) -> Iterator[tuple[ir.Term, bool]]:
    """The paths that a call uses, and the answer on which it rests: that there is a file, or none."""
    path = change.options["path"]
    if change.hint in _FAILS_WITHOUT:
        yield path, True
    elif change.hint in _MAKES:
        yield path, False
    if change.hint in _PUTS_AT_TARGET and "target" in change.options:
        yield change.options["target"], False


# ------------------------------------------------------------------------- what is known on the way


def _answers(seq: ir.Seq, known: Known) -> Iterator[tuple[ir.Op, Known]]:
    """Every op, and what its run has been told of files when it gets there."""
    for item in seq.items:
        match item:
            case ir.Op():
                yield item, known
            case ir.Branch(guard=guard, then=then, orelse=orelse):
                yield from _answers(then, {**known, **_told(guard, True)})
                yield from _answers(orelse, {**known, **_told(guard, False)})
                if leaves(then) and not leaves(orelse):
                    known = {**known, **_told(guard, False)}
                elif leaves(orelse) and not leaves(then):
                    known = {**known, **_told(guard, True)}
            case ir.Loop(body=body):
                yield from _answers(body, known)
                known = {**known, **_left_with(body)}
            case ir.Seq():
                yield from _answers(item, known)
            case ir.Tx(body=body) | ir.Frame(body=body):
                yield from _answers(body, known)
            case ir.Try(body=body, handlers=handlers, orelse=orelse, final=final):
                for one in (body, *(handler.body for handler in handlers), orelse, final):
                    yield from _answers(one, known)
            case _:
                pass


def _told(guard: ir.Guard, answer: bool) -> dict[ir.Term, bool]:
    """What a guard's answer says of files."""
    match guard:
        case ir.Not(guard=inner):
            return _told(inner, not answer)
        case ir.IsTrue(term=ir.Apply(label=label, args=(path,))) if label == ASKED:
            return {path: answer}
        case ir.AllOf(guards=parts) if answer:
            return {path: said for one in parts for path, said in _told(one, True).items()}
        case ir.AnyOf(guards=parts) if not answer:
            return {path: said for one in parts for path, said in _told(one, False).items()}
        case _:
            return {}


def _left_with(body: ir.Seq) -> dict[ir.Term, bool]:
    """What is known after ``while exists(path): …``: the answer with which the loop is left."""
    for item in body.items:
        if isinstance(item, ir.Branch) and any(isinstance(one, ir.Break) for one in item.orelse.items):
            return _told(item.guard, False)
    return {}


# -------------------------------------------------------------------------------- what makes it fine


def _is_shared(path: ir.Term) -> bool:
    """Whether other runs may name the same path: nothing in it is made anew by each run."""
    if isinstance(path, ir.Apply):
        return all(map(_is_shared, path.args))
    return not isinstance(path, ir.Fresh)


def _is_caught(flow: Flow, change: Fact, *, is_there: bool) -> bool:
    """Whether the error of who comes second is handled where the file is used."""
    if change.hint in _QUIET and not is_there:
        return False
    wanted = _ERRORS[is_there] | _ALL_ERRORS
    for block in flow.places[change.op].blocks:
        if isinstance(block, ir.Try) and change.op in ops_in(block.body):
            if any(not one.classes or not wanted.isdisjoint(one.classes) for one in block.handlers):
                return True
    return False


def _is_locked(flow: Flow, check: ir.Op) -> bool:
    """Whether any lock is held when the question is asked."""
    taken = [op for op in flow.places if isinstance(op, ir.Acquire) and flow.is_before(op, check)]
    given = [op for op in flow.places if isinstance(op, ir.Release) and flow.is_before(op, check)]
    return any(not any(one.lock == op.lock and flow.is_before(op, one) for one in given) for op in taken)


# ------------------------------------------------------------------------------------ without the lock


def _proposal_without_lock(flow: Flow, found: Unlocked) -> Proposal:
    change, other, lock = found.change, found.other, found.lock
    return Proposal(
        message=f"{change.target} is changed ({change.verb}) without the lock {lock.target}, under which other code "
        f"changes such files ({other.verb})",
        key=f"{change.target}|without lock",
        span=change.op.span,
        path=change.op.path,
        evidence="type",
        related=[
            (other.op.span, other.op.path, "changed under the lock here"),
            (lock.op.span, lock.op.path, "the lock"),
        ],
        pair=frozenset({(change.op, "without lock")}),
        changed_at=(change.op.span, change.op.path),
        trace=(
            told_step("A", lock.op, "acquire"),
            told_step("B", change.op, "use", "takes no lock"),
            told_step("A", other.op, "use", "the file is not what it was when A looked"),
        ),
        acts=(change.op,),
        is_certain=bool(flow.entry.what),
        suspicion="a caller may hold the lock",
        premise="one run that holds the lock (A) and one that does not ask for it (B)",
        consequence="A and B change the same file at once",
    )


# ------------------------------------------------------------------------------------ half written


def _handed_on(flow: Flow) -> Iterator[Proposal]:
    """Messages with the name of a file, of which something that was written may still be in this process."""
    facts = [one for one in flow.lowered.facts if one.op in flow.places]
    for send in facts:
        if not isinstance(send.op, ir.Send) or send.op.is_hook:
            continue
        before = [one for one in facts if one.family == "file" and flow.is_before(one.op, send.op)]
        for path in dict.fromkeys(found for one in send.op.values for found in _carried(one)):
            own = [one for one in before if one.options.get("written as") == path and not flow.exclude(one.op, send.op)]
            if own and own[-1].kind == "file.write":
                yield _half_written(own[-1], send)
                break


def _carried(term: ir.Term) -> Iterator[ir.Term]:
    """The values in a message: one by one where it carries several, and a path that is carried as a text."""
    if isinstance(term, ir.Apply) and term.label in {"list", "tuple", "dict", "str", "fspath"}:
        for one in term.args:
            yield from _carried(one)
    else:
        yield term


def _half_written(write: Fact, send: Fact) -> Proposal:
    receipt = f"{send.op.what} opens it" if isinstance(send.op, ir.Send) else ""
    return Proposal(
        message=f"{send.target} is sent with the name of a file that is neither flushed nor closed: its receiver may "
        "find it empty or cut off",
        key=f"{send.target}|half written",
        span=write.op.span,
        path=write.op.path,
        evidence="type",
        related=[(send.op.span, send.op.path, "handed on here")],
        pair=frozenset({(write.op, "half written")}),
        trace=(
            told_step("A", write.op, "write", "what is written is still in the process"),
            told_step("A", send.op, "send"),
            told_step("B", send.op, "receive", "the end of the file is missing", text=receipt),
        ),
        acts=(send.op,),
        premise="the run that sends (A) and the worker that takes its message (B)",
        consequence="B works on a part of the file",
    )


# ---------------------------------------------------------------------------------------- proposals


def _proposal(flow: Flow, check: Fact, change: Fact, path: ir.Term, *, is_there: bool) -> Proposal:
    target = check.target
    doubt = "nobody is seen to remove the file" if change.hint in {"read", "copy"} and is_there else ""
    if not doubt and not _is_same_for_all(path):
        doubt = "whether two runs use one path, or a caller holds a lock, is not known"
    if not doubt and change.hint in {"remove", "unmake"}:
        doubt = "who comes second only learns that it is gone, as it wished"
    doubt = doubt or suspicion_of(flow, Candidate((check.op,), (change.op,), frozenset()))
    found, other = ("there", "gone") if is_there else ("not there", "there")
    fate = "fails" if is_there or change.hint == "make" else "takes the place of what B has made"
    steps = [told_step(who, check.op, "check", f"finds that it is {found}") for who in "AB"]
    steps += [told_step("B", change.op, "use"), told_step("A", change.op, "use", f"it is {other}: {fate}")]
    return Proposal(
        message=f"whether {target} is there is asked ({check.verb}) and then acted on by another call ({change.verb})",
        key=f"{target}|{change.verb}",
        span=check.op.span,
        path=check.op.path,
        evidence="type",
        related=[(change.op.span, change.op.path, "acted on here")],
        pair=frozenset({(check.op, path)}),
        trace=tuple(steps),
        acts=(change.op,),
        is_certain=not doubt,
        suspicion=doubt,
        consequence=f"the call of A {fate}",
    )


def _is_same_for_all(path: ir.Term) -> bool:
    """Whether a path is the same in every run, whatever it is called with."""
    if isinstance(path, ir.Apply):
        return all(map(_is_same_for_all, path.args))
    return isinstance(path, ir.Const | ir.Shared)
