"""Lua scripts: what a text does to its KEYS, as far as the commands in it tell."""

from __future__ import annotations

import re

from fenceline.analyzer import ir
from fenceline.analyzer.values import Data, Value, term_of

_COMMAND = re.compile(r"\w\s*\.\s*p?call\s*\(\s*['\"](\w+)['\"]")
_OWNER = re.compile(r"['\"]get['\"]\s*,\s*KEYS\[1\]\s*\)\s*[=~]=\s*ARGV\[(\d)\]", re.IGNORECASE)
_READS = frozenset({
    "GET", "EXISTS", "TTL", "PTTL", "STRLEN", "GETRANGE", "HGET", "HMGET", "HGETALL", "HEXISTS", "HLEN", "LLEN",
    "LRANGE", "LINDEX", "SCARD", "SISMEMBER", "SMEMBERS", "ZCARD", "ZSCORE", "ZRANGE", "ZCOUNT", "ZRANK", "TIME",
    "TYPE", "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT",
})  # fmt: skip
_DELETES = frozenset({"DEL", "UNLINK"})


def script_steps(text: Value | None, cells: list[ir.Cell], arguments: list[Value], bind: str) -> tuple[ir.Step, ...]:
    """The steps of one run of a script: reads, a delete (of one's own), else an update of all its keys."""
    source = text.term.value if isinstance(text, Data) and isinstance(text.term, ir.Const) else None
    commands = {one.upper() for one in _COMMAND.findall(source)} if isinstance(source, str) else set()
    changes = commands - _READS
    if commands and not changes:
        return tuple(ir.Get(cell, bind if i == 0 else None) for i, cell in enumerate(cells))
    if changes and changes <= _DELETES:
        return _deletes(str(source), cells, arguments, bind)
    values = tuple(term_of(one) for one in arguments)
    return tuple(
        ir.Modify(cell, ir.Apply("script", (ir.Old(), *values)), bind if i == 0 else None)
        for i, cell in enumerate(cells)
    )


def _deletes(source: str, cells: list[ir.Cell], arguments: list[Value], bind: str) -> tuple[ir.Step, ...]:
    """A delete; of a key that still holds the caller's token, where the text compares it."""
    owner = _OWNER.search(source)
    if owner is not None and len(cells) == 1 and int(owner[1]) <= len(arguments):
        token = term_of(arguments[int(owner[1]) - 1])
        return (ir.CompareAndSet(((cells[0], token),), ((cells[0], ir.Const(None)),), bind),)
    return tuple(ir.Remove(cell, bind if i == 0 else None) for i, cell in enumerate(cells))
