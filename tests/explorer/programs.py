"""Short words for effect trees. Every op gets a line of its own, in the order in which it is made."""

from __future__ import annotations

from itertools import count

from fenceline.analyzer import ir
from fenceline.analyzer.nodes import Span

LINES = count(1)
PATH = "shop.py"


def place() -> tuple[Span, str]:
    line = next(LINES)
    return Span(line, 1, line, 9), PATH


def cell(name: str, *, field: str | None = None, bag: bool = False) -> ir.Cell:
    return ir.Cell("store", (ir.Const(name),), field, bag)


def var(name: str) -> ir.Var:
    return ir.Var(name)


def f(label: str, *args: ir.Term) -> ir.Apply:
    return ir.Apply(label, args)


def atomic(text: str, *steps: ir.Step, sql: bool = False, rows: tuple[str, ...] = (), mode: str = "wait") -> ir.Atomic:
    locks = tuple((ir.Const(row),) for row in rows)
    return ir.Atomic(*place(), text, steps, is_transactional=sql, row_locks=locks, row_lock_mode=mode)


def get(where: ir.Cell, bind: str = "v", *, sql: bool = False, lock: bool = False, mode: str = "wait") -> ir.Atomic:
    rows = (str(where.key[0].value),) if lock and isinstance(where.key[0], ir.Const) else ()
    return atomic(f"GET {where.key}", ir.Get(where, bind), sql=sql, rows=rows, mode=mode)


def put(where: ir.Cell, value: ir.Term, *, sql: bool = False) -> ir.Atomic:
    return atomic("SET", ir.Put(where, value), sql=sql)


def modify(where: ir.Cell, label: str = "+1", bind: str | None = None, *, sql: bool = False) -> ir.Atomic:
    return atomic("INCR", ir.Modify(where, f(label, ir.Old()), bind), sql=sql)


def put_new(
    where: ir.Cell, value: ir.Term, bind: str | None = None, conflict: str | None = None, *, sql: bool = False
) -> ir.Atomic:
    return atomic("SET NX", ir.PutIfAbsent(where, value, bind, conflict), sql=sql)


def insert(where: ir.Cell, value: ir.Term, *, sql: bool = False) -> ir.Atomic:
    return atomic("INSERT", ir.Insert(where, value), sql=sql)


def cas(
    where: ir.Cell,
    expected: ir.Term | None,
    value: ir.Term,
    bind: str | None = None,
    conflict: str | None = None,
    *,
    sql: bool = False,
) -> ir.Atomic:
    return atomic("CAS", ir.CompareAndSet(((where, expected),), ((where, value),), bind, conflict), sql=sql)


def acquire(
    name: str = "lock",
    mode: str = "wait",
    bind: str | None = None,
    *,
    scope: str = "distributed",
    expiry: float | None = None,
) -> ir.Acquire:
    return ir.Acquire(*place(), "LOCK", (ir.Const(name),), mode, bind, scope=scope, expiry=expiry)


def release(name: str = "lock", *, owned: bool = True) -> ir.Release:
    return ir.Release(*place(), "UNLOCK", (ir.Const(name),), owned)


def send(what: str = "task", *values: ir.Term, hook: bool = False) -> ir.Send:
    return ir.Send(*place(), f"send {what}", what, values, is_hook=hook)


def external(
    what: str = "charge", *values: ir.Term, key: ir.Term | None = None, bind: str | None = None
) -> ir.External:
    return ir.External(*place(), what, what, values, key, bind)


def ack() -> ir.Ack:
    return ir.Ack(*place(), "ack")


def seq(*items: ir.Tree) -> ir.Seq:
    return ir.Seq(list(items))


def when(guard: ir.Guard, *then: ir.Tree, orelse: tuple[ir.Tree, ...] = ()) -> ir.Branch:
    return ir.Branch(guard, seq(*then), seq(*orelse), *place())


def tx(*items: ir.Tree, isolation: str = "read-committed") -> ir.Tx:
    return ir.Tx(seq(*items), *place(), isolation)


def attempt(
    *body: ir.Tree,
    catching: tuple[str, ...] = (),
    handler: tuple[ir.Tree, ...] | None = None,
    final: tuple[ir.Tree, ...] = (),
) -> ir.Try:
    handlers = [] if handler is None else [ir.Except(catching, seq(*handler))]
    return ir.Try(seq(*body), handlers, seq(), seq(*final))


def loop(kind: str, *body: ir.Tree) -> ir.Loop:
    return ir.Loop(seq(*body), kind, *place())


def ret(value: ir.Term | None = None) -> ir.Return:
    return ir.Return(value, place()[0])


def fail(cls: str = "ValueError") -> ir.Raise:
    return ir.Raise(cls, place()[0])


def program(
    *items: ir.Tree, faults: tuple[str, ...] = (), equal: tuple[str, ...] = (), pair: tuple[ir.Op, ir.Op] | None = None
) -> ir.Program:
    reads, acts = ((pair[0],), (pair[1],)) if pair else ((), ())
    return ir.Program(seq(*items), frozenset(equal), reads, acts, frozenset(faults))


def absent(name: str = "v") -> ir.IsAbsent:
    return ir.IsAbsent(var(name))


def true(name: str = "ok") -> ir.IsTrue:
    return ir.IsTrue(var(name))


def ask(label: str = "enough", *names: str) -> ir.Ask:
    return ir.Ask(label, tuple(var(name) for name in names))


STOCK = cell("stock")
MARK = cell("mark")
VERSION = cell("version")
ROWS = cell("rows", bag=True)
ARG = ir.Arg("amount")
NOW = ir.Shared("now")
UUID = ir.Fresh("uuid")
