"""Random programs that use what is modelled in every shape that statements and expressions can have.

They need not make sense. Each compiles, so that nothing is left out as broken.
"""

from __future__ import annotations

import textwrap

from hypothesis import strategies as st

PREAMBLE = """\
import asyncio
import contextlib
import sqlite3
import threading
from functools import partial, wraps

import redis
from celery import shared_task
from django.core.cache import cache
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from sqlalchemy import select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

client = redis.Redis()
lock = client.lock("lock", timeout=5)
guard = threading.Lock()
script = client.register_script("return redis.call('INCR', KEYS[1])")


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


class Order(models.Model):
    status = models.CharField(max_length=10)
    total = models.IntegerField()
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")

    @property
    def is_open(self):
        return self.status == "open"

    def close(self, a=None):
        if self.is_open:
            self.status = "closed"
            self.save()
        return self


def deco(func):
    @wraps(func)
    def inner(*args, **kwargs):
        with lock:
            return func(*args, **kwargs)

    return inner


@contextlib.contextmanager
def held(name):
    got = client.set(name, 1, nx=True)
    try:
        yield got
    finally:
        client.delete(name)


@shared_task(acks_late=True)
def work(a, b=None):
    pass


def helper(a, b=None):
    if b is None:
        return client.get(f"k:{a}")
    client.set(f"k:{a}", b)
    return helper(a)

"""

NAMES = ("a", "b", "row", "self", "session", "conn")
ATOMS = (
    *NAMES, *NAMES, "0", "1", "'x'", "None", "True", "[]", "{}", "...", "client", "cache", "Order", "Order.objects",
    "Wallet", "lock", "guard", "script", "f'k:{a}'", "f'{a.b!r:>{b}}'", "F('total')", "Q(status='open') | Q(total=1)",
)  # fmt: skip
CALLS = (
    "client.get({0})", "client.set({0}, {1})", "client.set({0}, {1}, nx={2}, ex=5)", "client.incr({0}, {1})",
    "client.hget({0}, {1})", "client.hset({0}, {1}, {2})", "client.hset({0}, mapping={{'f': {1}}})",
    "client.exists({0})", "client.delete({0}, *{1})", "client.pipeline()", "client.expire({0}, {1})",
    "client.lpop({0})", "client.eval({0}, 1, {1}, {2})", "script(keys=[{0}], args=[{1}])", "client.sadd({0}, {1})",
    "client.transaction(lambda p: p.get({0}), {1})", "client.mget([{0}, {1}])", "cache.get({0}, {1})",
    "cache.set({0}, {1})", "cache.add({0}, {1})", "cache.incr({0})", "cache.get_or_set({0}, lambda: {1})",
    "Order.objects.get(pk={0})", "Order.objects.filter(status={0})", "Order.objects.filter(pk={0}).first()",
    "Order.objects.filter(pk={0}, status='open').update(status={1})", "Order.objects.create(total={0})",
    "Order.objects.get_or_create(status={0}, defaults={{'total': {1}}})", "Order.objects.filter(status={0}).exists()",
    "Order.objects.select_for_update().get(pk={0})", "Order.objects.update_or_create(pk={0})", "Order(total={0})",
    "Order.objects.values_list('total', flat=True).filter(**{0})", "Order.objects.bulk_create([{0}, {1}])",
    "Order.objects.aggregate(m=models.Max('total'))['m']", "row.save()", "row.save(update_fields=['status'])",
    "row.refresh_from_db()", "row.delete()", "row.close({0})", "row.children.filter(total={0})", "row.parent.close()",
    "session.get(Wallet, {0})", "session.scalars(select(Wallet).where(Wallet.id == {0})).first()", "session.commit()",
    "session.add(Wallet(cents={0}))", "session.execute(update(Wallet).where(Wallet.id == {0}).values(cents={1}))",
    "session.flush()", "session.rollback()", "session.refresh({0})", "session.query(Wallet).filter_by(id={0}).one()",
    "session.query(Wallet).with_for_update().get({0})", "session.merge({0})", "session.execute(text({0}))",
    "conn.execute('SELECT total FROM t WHERE id = ?', ({0},)).fetchone()", "conn.commit()",
    "conn.execute('UPDATE t SET total = ? WHERE id = ?', ({0}, {1}))", "conn.execute({0}, {1})",
    "conn.execute(f'INSERT INTO t (total) VALUES ({{{0}}})')", "conn.cursor()", "work.delay({0})",
    "work.apply_async(args=[{0}], kwargs={{'b': {1}}})", "transaction.on_commit(lambda: work.delay({0}))",
    "transaction.on_commit(partial(work.delay, {0}))", "lock.acquire(blocking={0})", "lock.release()",
    "guard.acquire()", "helper({0}, {1})", "helper(*{0}, **{1})", "unknown({0})({1})", "getattr({0}, 'save')()",
    "open({0})", "setattr(row, {0}, {1})",
)  # fmt: skip
SHAPES = (
    "({0} + {1})", "({0} == {1})", "({0} is None)", "(not {0})", "({0} and {1} or {2})", "({0} if {1} else {2})",
    "{0}[{1}]", "({0}, {1}, *{2})", "[{0} for b in {1} if {2}]", "{{{0}: a for a in {1}}}", "(lambda a: {0})({1})",
    "(a := {0})", "{0}.status", "{0}.total", "f'{{{0}}}'", "int({0} or 0)", "({0} < {1} <= {2})", "sum(x for x in {0})",
    "dict({0}, **{1})", "list({0})", "any({0})", "len({0})", "max({0}, {1})", "next(iter({0}), {1})", "{0}['f']",
)  # fmt: skip
HAZARDS = (
    "a = client.get({0})\nif a is None:\n    client.set({0}, {1})",
    "a = int(client.get({0}) or 0)\nclient.set({0}, a + 1)",
    "row.total = row.total + {0}\nrow.save()",
    "if row.status == 'open':\n    row.status = 'closed'\n    row.save()\n    work.delay({0})",
    "if not Order.objects.filter(status={0}).exists():\n    Order.objects.create(status={0})",
    "row = session.get(Wallet, {0})\nrow.cents += 1\nsession.commit()",
    "a = conn.execute('SELECT total FROM t WHERE id = ?', ({0},)).fetchone()\nif a[0] > 1:\n    conn.commit()",
    "if a[0] > 1:\n    conn.execute('UPDATE t SET total = ? WHERE id = ?', (a[0] - 1, {0}))\n    conn.commit()",
    "with transaction.atomic():\n    row = Order.objects.create(total={0})\n    work.delay(row.pk)",
    "with client.pipeline() as p:\n    p.watch({0})\n    a = p.get({0})\n    p.multi()\n    p.set({0}, a)",
)
TARGETS = (
    "a", "b", "row", "session", "conn", "row.status", "row.total", "self.x", "a['k']", "(a, b)", "a, *b", "client.x",
    "row.parent",
)  # fmt: skip
CONTEXTS = (
    "transaction.atomic()", "lock", "guard", "client.lock({0}, timeout=3)", "held({0}) as a", "session.begin()",
    "client.pipeline() as a", "Session({0}) as session", "sqlite3.connect({0}) as conn",
    "contextlib.suppress(ValueError)", "unknown({0})", "transaction.atomic(), lock", "open({0}) as a, {1} as b",
)  # fmt: skip
DECORATORS = (
    "@shared_task", "@shared_task(bind=True)", "@transaction.atomic", "@deco", "@unknown({0})", "@held('x')",
    "@property", "@staticmethod",
)  # fmt: skip


def _filled(shapes: tuple[str, ...], parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda shape, *given: shape.format(*given), st.sampled_from(shapes), parts, parts, parts)


atoms = st.sampled_from(ATOMS)
expressions = st.recursive(atoms, lambda inner: _filled(CALLS, inner) | _filled(SHAPES, inner), max_leaves=5)
targets = st.sampled_from(TARGETS)
simple = st.one_of(
    expressions,
    _filled(CALLS, atoms),
    st.builds("{} = {}".format, targets, _filled(CALLS, atoms)),
    st.builds("{} = {}".format, targets, expressions),
    st.builds("{} += {}".format, st.sampled_from(("a", "row.total", "a['k']", "self.x")), expressions),
    st.builds("return {}".format, expressions),
    st.builds("raise {}".format, st.sampled_from(("ValueError", "Order.DoesNotExist", "a", "IntegrityError() from b"))),
    st.builds("assert {}".format, expressions),
    st.builds("del {}".format, st.sampled_from(("a", "a['k']", "row.total"))),
    st.sampled_from(("pass", "return", "raise", "global client", "import json as a", "yield", "a = yield b")),
)


def _block(lines: list[str]) -> str:
    return textwrap.indent("\n".join(lines), "    ")


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blocks = st.lists(inner, min_size=1, max_size=3).map(_block)
    loops = st.lists(inner | st.sampled_from(("break", "continue")), min_size=1, max_size=3).map(_block)
    contexts = _filled(CONTEXTS, atoms)
    errors = st.sampled_from(
        ("ValueError", "IntegrityError as b", "Order.DoesNotExist", "(KeyError, redis.WatchError)")
    )
    patterns = st.sampled_from(("None", "[a, *b]", "{'k': a}", "_"))
    return st.one_of(
        st.builds("if {}:\n{}".format, expressions, blocks),
        st.builds("if {}:\n{}\nelif {}:\n{}\nelse:\n{}".format, expressions, blocks, expressions, blocks, blocks),
        st.builds("for {} in {}:\n{}".format, st.sampled_from(("a", "row", "(a, b)")), expressions, loops),
        st.builds("while {}:\n{}\nelse:\n{}".format, expressions | st.just("True"), loops, blocks),
        st.builds("try:\n{}\nexcept {}:\n{}".format, blocks, errors, blocks),
        st.builds("try:\n{}\nexcept {}:\n{}\nelse:\n{}\nfinally:\n{}".format, blocks, errors, blocks, blocks, blocks),
        st.builds("try:\n{}\nfinally:\n{}".format, blocks, blocks),
        st.builds("with {}:\n{}".format, contexts, blocks),
        st.builds("match {}:\n    case {}:\n    {}".format, expressions, patterns,
                  blocks.map(lambda block: block.replace("\n", "\n    "))),
        st.builds("{}\ndef helper(a, b=None):\n{}".format, _filled(DECORATORS, atoms), blocks),
    )  # fmt: skip


hazards = _filled(HAZARDS, st.sampled_from(("a", "b", "1", "f'k:{a}'", "row.pk")))
statements = st.recursive(simple | hazards, _compound, max_leaves=8)
bodies = st.lists(hazards | statements, min_size=1, max_size=6).map(_block)


def _function(decorator: str, is_async: bool, parameters: str, body: str) -> str:
    return f"{decorator}\n{'async ' if is_async else ''}def entry({parameters}):\n{body}\n".lstrip("\n")


functions = st.builds(
    _function,
    st.just("") | _filled(DECORATORS, atoms),
    st.booleans(),
    st.sampled_from(
        (
            "a, b, row, session: Session, conn: sqlite3.Connection",
            "self, a=1, *, row: Order, **b",
            "row: Order, a: Wallet",
        )
    ),
    bodies,
)


def _method(function: str) -> str:
    return "class Holder(Order):\n" + textwrap.indent(function, "    ")


programs = st.lists(functions | functions.map(_method), min_size=1, max_size=2).map(
    lambda parts: PREAMBLE + "\n\n".join(parts)
)
