"""The code that is replayed, wrong and right, each with the effect tree that the explorer is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from fenceline.analyzer import ir
from tests.explorer.programs import ask, cell, f, place, program, seq, tx, var, when
from tests.replay.workers import Code

if TYPE_CHECKING:
    import redis

STOCK, MARK = cell("stock"), cell("mark")
ROWS, ROW = cell("rows", bag=True), cell("row", field="n")
RESERVE = (
    "local n = tonumber(redis.call('GET', KEYS[1])) if n > 0 then return redis.call('DECR', KEYS[1]) end return -1"
)
LEASE = 30.0


def op(text: str, *steps: ir.Step, sql: bool = False, lock: bool = False) -> ir.Atomic:
    return ir.Atomic(*place(), text, steps, is_transactional=sql, row_locks=((ir.Const("row"),),) if lock else ())


def minus(term: ir.Term) -> ir.Apply:
    return f("-1", term)


# --------------------------------------------------------------- lost update


def take(client: redis.Redis) -> Code:
    yield "GET"
    stock = int(client.get("stock"))
    yield "SET"
    client.set("stock", stock - 1)


TAKE = program(op("GET", ir.Get(STOCK, "n")), op("SET", ir.Put(STOCK, minus(var("n")))))


def take_at_once(client: redis.Redis) -> Code:
    yield "DECR"
    client.decr("stock")


TAKE_AT_ONCE = program(op("DECR", ir.Modify(STOCK, minus(ir.Old()))))

# ------------------------------------------------------------ check, then act


def reserve(client: redis.Redis) -> Code:
    yield "GET"
    stock = int(client.get("stock"))
    if stock > 0:
        yield "DECR"
        client.decr("stock")


RESERVE_TREE = program(
    op("GET", ir.Get(STOCK, "n")), when(ask("some left", "n"), op("DECR", ir.Modify(STOCK, minus(ir.Old()))))
)


def reserve_by_script(client: redis.Redis) -> Code:
    yield "EVAL"
    client.eval(RESERVE, 1, "stock")


RESERVE_BY_SCRIPT = program(op("EVAL", ir.Modify(STOCK, f("reserve", ir.Old()))))

# ---------------------------------------------------------- check, then create


def create(connection: psycopg.Connection[Any]) -> Code:
    yield "SELECT"
    found = connection.execute("SELECT 1 FROM plain WHERE name = 'a'").fetchone()
    if found is None:
        yield "INSERT"
        connection.execute("INSERT INTO plain (name) VALUES ('a')")
        yield "COMMIT"
        connection.commit()


CREATE = program(
    tx(op("SELECT", ir.Get(ROWS, "found"), sql=True),
       when(ir.IsAbsent(var("found")), op("INSERT", ir.Insert(ROWS, ir.Const("a")), sql=True)))
)  # fmt: skip


def create_unique(connection: psycopg.Connection[Any]) -> Code:
    yield "INSERT"
    try:
        connection.execute("INSERT INTO guarded (name) VALUES ('a')")
    except psycopg.errors.UniqueViolation:
        connection.rollback()
        return
    yield "COMMIT"
    connection.commit()


CREATE_UNIQUE = program(
    ir.Try(
        seq(tx(op("INSERT", ir.PutIfAbsent(ROWS, ir.Const("a"), None, "psycopg.errors.UniqueViolation"), sql=True))),
        [ir.Except(("psycopg.errors.UniqueViolation",), seq())],
        seq(),
        seq(),
    )
)

# ------------------------------------------------------------------ row locks


def withdraw(connection: psycopg.Connection[Any]) -> Code:
    yield "SELECT"
    (n,) = connection.execute("SELECT n FROM account WHERE id = 1").fetchone() or (0,)
    yield "UPDATE"
    connection.execute("UPDATE account SET n = %s WHERE id = 1", (n - 1,))
    yield "COMMIT"
    connection.commit()


WITHDRAW = program(tx(op("SELECT", ir.Get(ROW, "n"), sql=True), op("UPDATE", ir.Put(ROW, minus(var("n"))), sql=True)))


def withdraw_locked(connection: psycopg.Connection[Any]) -> Code:
    yield "SELECT FOR UPDATE"
    (n,) = connection.execute("SELECT n FROM account WHERE id = 1 FOR UPDATE").fetchone() or (0,)
    yield "UPDATE"
    connection.execute("UPDATE account SET n = %s WHERE id = 1", (n - 1,))
    yield "COMMIT"
    connection.commit()


WITHDRAW_LOCKED = program(
    tx(
        op("SELECT FOR UPDATE", ir.Get(ROW, "n"), sql=True, lock=True),
        op("UPDATE", ir.Put(ROW, minus(var("n"))), sql=True),
    )
)

# --------------------------------------------------------- crash before the ack


def consume(client: redis.Redis) -> Code:
    yield "INCR"
    client.incr("stock")
    yield "ack"
    client.lrem("queue", 1, "message")


CONSUME = program(op("INCR", ir.Modify(STOCK, f("+1", ir.Old()))), ir.Ack(*place(), "ack"), faults=("crash",))


def consume_once(client: redis.Redis) -> Code:
    yield "EVAL"
    client.eval("if redis.call('SETNX', KEYS[1], 1) == 1 then redis.call('INCR', KEYS[2]) end", 2, "mark", "stock")
    yield "ack"
    client.lrem("queue", 1, "message")


CONSUME_ONCE = program(
    op("EVAL", ir.PutIfAbsent(MARK, ir.Const(1), None, "Seen"), ir.Modify(STOCK, f("+1", ir.Old()))),
    ir.Ack(*place(), "ack"),
    faults=("crash",),
)

# ----------------------------------------------- a lock that ends under its holder


def take_leased(client: redis.Redis) -> Code:
    yield "LOCK"
    client.set("lease", "mine", nx=True, ex=int(LEASE))
    yield "GET"
    stock = int(client.get("stock"))
    yield "SET"
    client.set("stock", stock - 1)
    yield "UNLOCK"
    client.delete("lease")


TAKE_LEASED = program(
    ir.Acquire(*place(), "LOCK", (ir.Const("lease"),), expiry=LEASE),
    op("GET", ir.Get(STOCK, "n")),
    op("SET", ir.Put(STOCK, minus(var("n")))),
    ir.Release(*place(), "UNLOCK", (ir.Const("lease"),)),
    faults=("expiry",),
)

# -------------------------------------------------------------- duplicate firing


def nightly(client: redis.Redis) -> Code:
    yield "RPUSH"
    client.rpush("mails", "report")


NIGHTLY = program(ir.External(*place(), "RPUSH", "mail"), faults=("duplicate",))


def nightly_marked(client: redis.Redis) -> Code:
    yield "SET NX"
    if client.set("mark", 1, nx=True):
        yield "RPUSH"
        client.rpush("mails", "report")


NIGHTLY_MARKED = program(
    op("SET NX", ir.PutIfAbsent(MARK, ir.Const(1), "ok")),
    when(ir.IsTrue(var("ok")), ir.External(*place(), "RPUSH", "mail")),
    faults=("duplicate",),
)
