"""Compiles an effect tree to a flat list of instructions with jump targets, so that a run is a program counter.

Every instruction knows the block around it. An exit (raise, return, break, continue) walks the blocks outward; a
``finally`` keeps the exit in a slot of the run and resumes it at its end. A transaction block is such a ``finally``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fenceline.analyzer import ir

OPS = (
    ir.Atomic,
    ir.Acquire,
    ir.Release,
    ir.Renew,
    ir.Ack,
    ir.Send,
    ir.External,
    ir.Slow,
    ir.Opaque,
    ir.Begin,
    ir.Commit,
    ir.Rollback,
)


@dataclass(slots=True, eq=False)
class Instr:
    """kind: op, let, branch, jump, exit, raise, resume, begin, end, round, next or tidy (see the compiler).

    ``moment`` is the outermost block around an op that happens at one moment, -1 for none.
    """

    kind: str
    block: int
    op: ir.Op | None = None
    slot: int = -1
    target: int = -1
    term: ir.Term | None = None
    guard: ir.Guard | None = None
    exit: str = ""
    tx: ir.Tx | None = None
    may_raise: str | None = None
    moment: int = -1


@dataclass(slots=True, eq=False)
class Block:
    """What an exit meets on its way out. kind: frame, loop, try or finally."""

    kind: str
    parent: int
    slot: int = -1
    target: int = -1
    again: int = -1
    handlers: list[tuple[tuple[str, ...], int, int]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Code:
    """The compiled program."""

    instrs: list[Instr]
    blocks: list[Block]
    slots: Mapping[str, int]
    n_slots: int

    def is_in_transaction(self, instr: Instr) -> bool:
        """Whether an instruction stands in a transaction block, or ends one."""
        ends = {one.slot for one in self.instrs if one.kind == "end"}
        block = instr.block
        while block >= 0 and not (self.blocks[block].kind == "finally" and self.blocks[block].slot in ends):
            block = self.blocks[block].parent
        return block >= 0


class Compiler:
    """One pass over the tree. ``may_raise`` is the class that a remote call here raises, where that is explored."""

    def __init__(self) -> None:
        self.instrs: list[Instr] = []
        self.blocks: list[Block] = []
        self.slots: dict[str, int] = {}
        self._n_hidden = 0
        self._handling: list[int] = []
        self._raising: list[str] = []
        self._moment = -1

    def compile(self, body: ir.Seq) -> Code:
        """The instructions of a program; it ends by returning None."""
        self._seq(body, -1)
        self._emit(Instr("exit", -1, exit="return"))
        return Code(self.instrs, self.blocks, self.slots, len(self.slots))

    def _emit(self, instr: Instr) -> Instr:
        self.instrs.append(instr)
        return instr

    def _slot(self, name: str) -> int:
        return self.slots.setdefault(name, len(self.slots))

    def _hidden(self) -> int:
        self._n_hidden += 1
        return self._slot(f"#{self._n_hidden}")

    def _block(self, block: Block) -> int:
        self.blocks.append(block)
        return len(self.blocks) - 1

    def _seq(self, seq: ir.Seq, block: int) -> None:
        for item in seq.items:
            self._tree(item, block)

    def _tree(self, tree: ir.Tree, block: int) -> None:
        match tree:
            case ir.Seq():
                self._seq(tree, block)
            case ir.Begin():
                self._emit(Instr("begin", block))
            case ir.Let():
                self._emit(Instr("let", block, slot=self._slot(tree.bind), term=tree.value))
            case ir.Branch():
                self._branch(tree, block)
            case ir.Loop():
                self._loop(tree, block)
            case ir.Try():
                self._try(tree, block)
            case ir.Tx():
                self._tx(tree, block)
            case ir.Frame():
                self._frame(tree, block)
            case _:
                self._leaf(tree, block)

    def _leaf(self, tree: ir.Tree, block: int) -> None:
        match tree:
            case ir.Return():
                self._emit(Instr("exit", block, exit="return", term=tree.value))
            case ir.Raise():
                slot = self._handling[-1] if tree.cls == "*" and self._handling else -1
                self._emit(Instr("raise", block, exit="" if tree.cls == "*" else tree.cls, slot=slot))
            case ir.Break():
                self._emit(Instr("exit", block, exit="break"))
            case ir.Continue():
                self._emit(Instr("exit", block, exit="continue"))
            case ir.Op():
                self._op(tree, block)

    def _op(self, op: ir.Op, block: int) -> None:
        is_remote = isinstance(op, ir.External | ir.Send | ir.Opaque)
        may_raise = self._raising[-1] if is_remote and self._raising else None
        for name in binds_of(op):
            self._slot(name)
        self._emit(Instr("op", block, op=op, may_raise=may_raise, moment=self._moment))

    def _branch(self, tree: ir.Branch, block: int) -> None:
        branch = self._emit(Instr("branch", block, guard=tree.guard))
        self._seq(tree.then, block)
        jump = self._emit(Instr("jump", block))
        branch.target = len(self.instrs)
        self._seq(tree.orelse, block)
        jump.target = len(self.instrs)

    def _frame(self, tree: ir.Frame, block: int) -> None:
        slot = self._slot(tree.bind) if tree.bind else -1
        frame = self._block(Block("frame", block, slot=slot))
        around = self._moment
        if tree.is_atomic and around < 0:
            self._moment = frame
        self._seq(tree.body, frame)
        self._moment = around
        self._emit(Instr("exit", frame, exit="return"))
        self.blocks[frame].target = len(self.instrs)

    def _loop(self, tree: ir.Loop, block: int) -> None:
        loop = self._block(Block("loop", block, slot=self._hidden()))
        slot = self.blocks[loop].slot
        self._emit(Instr("round", block, slot=slot))
        start = len(self.instrs)
        self._seq(tree.body, loop)
        self.blocks[loop].again = len(self.instrs)
        if tree.kind == "retry":
            self._emit(Instr("next", block, slot=slot, target=start))
        self.blocks[loop].target = len(self.instrs)

    def _tx(self, tree: ir.Tx, block: int) -> None:
        if tree.isolation == "none":
            self._seq(tree.body, block)
            return
        self._emit(Instr("begin", block, tx=tree))
        closing = self._block(Block("finally", block, slot=self._hidden()))
        slot = self.blocks[closing].slot
        self._seq(tree.body, closing)
        self._emit(Instr("tidy", block, slot=slot))
        self.blocks[closing].target = len(self.instrs)
        self._emit(Instr("end", block, slot=slot, tx=tree))
        self._emit(Instr("resume", block, slot=slot))

    def _try(self, tree: ir.Try, block: int) -> None:
        if not tree.final.items:
            self._handled(tree, block)
            return
        closing = self._block(Block("finally", block, slot=self._hidden()))
        slot = self.blocks[closing].slot
        pushed = self._push_raising("Exception" if touches_cells(tree.final) else None)
        self._handled(tree, closing)
        self._pop_raising(pushed)
        self._emit(Instr("tidy", block, slot=slot))
        self.blocks[closing].target = len(self.instrs)
        self._seq(tree.final, block)
        self._emit(Instr("resume", block, slot=slot))

    def _push_raising(self, cls: str | None) -> bool:
        if cls is not None:
            self._raising.append(cls)
        return cls is not None

    def _pop_raising(self, is_pushed: bool) -> None:
        if is_pushed:
            self._raising.pop()

    def _handled(self, tree: ir.Try, block: int) -> None:
        watched = next((h for h in tree.handlers if touches_cells(h.body)), None)
        guard = self._block(Block("try", block))
        pushed = self._push_raising((watched.classes or ("Exception",))[0] if watched else None)
        self._seq(tree.body, guard)
        self._pop_raising(pushed)
        self._seq(tree.orelse, block)
        jumps = [self._emit(Instr("jump", block))]
        for handler in tree.handlers:
            slot = self._hidden()
            self.blocks[guard].handlers.append((handler.classes, len(self.instrs), slot))
            self._handling.append(slot)
            self._seq(handler.body, block)
            self._handling.pop()
            jumps.append(self._emit(Instr("jump", block)))
        for jump in jumps:
            jump.target = len(self.instrs)


def binds_of(op: ir.Op) -> list[str]:
    """The names that an operation binds."""
    if isinstance(op, ir.Atomic):
        return [step.bind for step in op.steps if not isinstance(step, ir.Put | ir.Insert) and step.bind]
    if isinstance(op, ir.Acquire | ir.Send | ir.External | ir.Opaque):
        return [op.bind] if op.bind else []
    return []


def children_of(tree: ir.Tree) -> list[ir.Seq]:
    """The sequences directly inside a structure."""
    match tree:
        case ir.Branch():
            return [tree.then, tree.orelse]
        case ir.Loop() | ir.Tx() | ir.Frame():
            return [tree.body]
        case ir.Try():
            return [tree.body, *(h.body for h in tree.handlers), tree.orelse, tree.final]
        case ir.Seq():
            return [tree]
    return []


def leaves_of(seq: ir.Seq) -> list[ir.Tree]:
    """Every item below, structures included, in source order."""
    found: list[ir.Tree] = []
    for item in seq.items:
        if isinstance(item, ir.Seq):
            found.extend(leaves_of(item))
            continue
        found.append(item)
        for child in children_of(item):
            found.extend(leaves_of(child))
    return found


def touches_cells(seq: ir.Seq) -> bool:
    """Whether something below writes to a cell."""
    return any(
        isinstance(leaf, ir.Atomic) and any(not isinstance(s, ir.Get) for s in leaf.steps) for leaf in leaves_of(seq)
    )


def ops_on_a_path(seq: ir.Seq) -> int:
    """The most operations that one run can take (a loop counts one round, what happens at one moment counts once)."""
    return sum(_ops_in(item) for item in seq.items)


def _ops_in(tree: ir.Tree) -> int:
    match tree:
        case ir.Atomic() | ir.Acquire() | ir.Release() | ir.Renew() | ir.Ack() | ir.Send() | ir.External():
            return 1
        case ir.Branch():
            return max(ops_on_a_path(tree.then), ops_on_a_path(tree.orelse))
        case ir.Try():
            handled = max((ops_on_a_path(h.body) for h in tree.handlers), default=0)
            return ops_on_a_path(tree.body) + max(handled, ops_on_a_path(tree.orelse)) + ops_on_a_path(tree.final)
        case ir.Frame(is_atomic=True):
            return min(1, ops_on_a_path(tree.body))
    return sum(ops_on_a_path(child) for child in children_of(tree))
