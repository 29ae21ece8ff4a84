"""An effect tree as text: one line an operation, indented by structure."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir


def dump(tree: ir.Tree, depth: int = 0) -> Iterator[str]:
    """The lines of a tree."""
    match tree:
        case ir.Seq(items=items):
            for item in items:
                yield from dump(item, depth)
        case ir.Branch(guard=guard, then=then, orelse=orelse):
            yield from _block(f"if {text(guard)}:", then, depth)
            yield from _block("else:", orelse, depth) if orelse.items else ()
        case ir.Loop(body=body, kind=kind):
            yield from _block(f"{kind} loop:", body, depth)
        case ir.Tx(body=body, isolation=isolation):
            yield from _block(f"transaction ({isolation}):", body, depth)
        case ir.Frame(body=body, function=function, bind=bind):
            yield from _block(f"call of {function}{_bound(bind)}:", body, depth)
        case ir.Try():
            yield from _try(tree, depth)
        case _:
            yield from (_line(one, depth) for one in _leaf(tree))


def _block(head: str, body: ir.Seq, depth: int) -> Iterator[str]:
    yield _line(head, depth)
    if not body.items:
        yield _line("nothing", depth + 1)
    yield from dump(body, depth + 1)


def _try(tree: ir.Try, depth: int) -> Iterator[str]:
    yield from _block("try:", tree.body, depth)
    for handler in tree.handlers:
        yield from _block(f"except {', '.join(handler.classes)}:", handler.body, depth)
    if tree.orelse.items:
        yield from _block("else:", tree.orelse, depth)
    if tree.final.items:
        yield from _block("finally:", tree.final, depth)


def _leaf(tree: ir.Tree) -> Iterator[str]:
    match tree:
        case ir.Atomic(row_locks=locks):
            named = ", ".join("/".join(map(text, key)) for key in locks)
            locked = f"  [locks {named}, {tree.row_lock_mode}]" if locks else ""
            yield f"{tree.text}{'' if tree.is_transactional else '  [no transaction]'}{locked}"
            yield from (f"    {_step(step)}" for step in tree.steps)
        case ir.Acquire(lock=lock, mode=mode, scope=scope, bind=bind):
            yield f"acquire {'/'.join(map(text, lock))} ({mode}, {scope}){_bound(bind)}"
        case ir.Release(lock=lock):
            yield f"release {'/'.join(map(text, lock))}"
        case ir.Send(is_hook=is_hook):
            yield tree.text + (" after the commit" if is_hook else "")
        case ir.Let(bind=bind, value=value):
            yield f"let {bind} = {text(value)}"
        case ir.Return(value=value):
            yield f"return {text(value) if value is not None else ''}".rstrip()
        case ir.Raise(cls=cls):
            yield f"raise {cls}"
        case ir.Op():
            yield f"{type(tree).__name__.lower()}: {tree.text}"
        case _:
            yield type(tree).__name__.lower()


def _step(step: ir.Step) -> str:
    match step:
        case ir.CompareAndSet(expect=expect, writes=writes, guard=guard, conflict=conflict, bind=bind):
            tests = [f"{cell(c)} is {'there' if v is None else text(v)}" for c, v in expect]
            tests += [text(guard)] if guard is not None else []
            sets = [f"{cell(c)} := {text(v)}" for c, v in writes]
            return f"if {' and '.join(tests)}: {'; '.join(sets)}{_bound(bind)}{_conflict(conflict)}"
        case ir.PutIfAbsent(value=value, bind=bind, conflict=conflict):
            return f"{cell(step.cell)} := {text(value)} if absent{_bound(bind)}{_conflict(conflict)}"
        case ir.Get(bind=bind):
            return f"get {cell(step.cell)}{_bound(bind)}"
        case ir.Put(value=value):
            return f"{cell(step.cell)} := {text(value)}"
        case ir.Modify(value=value, bind=bind):
            return f"{cell(step.cell)} := {text(value)} (in place){_bound(bind)}"
        case ir.Insert(value=value):
            return f"{cell(step.cell)} += {text(value)}"
        case _:
            return f"remove {cell(step.cell)}{_bound(step.bind)}"


def _bound(bind: str | None) -> str:
    return f" → {bind}" if bind else ""


def _conflict(conflict: str | None) -> str:
    return f", else raise {conflict}" if conflict else ""


def cell(one: ir.Cell) -> str:
    """A cell: ``{…}`` for the rows that satisfy a condition."""
    key = "/".join(map(text, one.key))
    return f"{one.store}:{{{key}}}" if one.is_bag else f"{one.store}:{key}{'.' + one.field if one.field else ''}"


def text(item: ir.Term | ir.Guard) -> str:
    """A term or guard."""
    match item:
        case ir.Not(guard=guard):
            return f"not {text(guard)}"
        case ir.AllOf(guards=guards):
            return f"({' and '.join(map(text, guards))})"
        case ir.AnyOf(guards=guards):
            return f"({' or '.join(map(text, guards))})"
        case ir.IsEqual(term=term, value=value):
            return f"{text(term)} == {text(value)}"
        case ir.IsAbsent(term=term):
            return f"{text(term)} is absent"
        case ir.IsTrue(term=term):
            return text(term)
        case ir.Ask(label=label, args=args):
            return f"?{label}({', '.join(map(text, args))})"
        case _:
            return _term(item)


def _term(item: ir.Term) -> str:
    match item:
        case ir.Const(value=value):
            return repr(value)
        case ir.Arg(name=name):
            return f"${name}"
        case ir.Var(name=name) | ir.Shared(label=name):
            return name
        case ir.Fresh(label=label):
            return f"new {label}"
        case ir.Old():
            return "old"
        case ir.Apply(label=label, args=args):
            return f"{label}({', '.join(map(text, args))})"


def _line(line: str, depth: int) -> str:
    return "  " * depth + line
