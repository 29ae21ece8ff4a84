"""What a run has left behind: the contents of the stores, the effects outside, what each worker got."""

from __future__ import annotations

import fnmatch
import json
import pickle
from dataclasses import dataclass
from typing import Any

import confluent_kafka
import psycopg
import redis

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Outcome:
    """``keys`` with their values and ``expiring`` those with an expiry; ``rows`` by table; what was done and told."""

    keys: dict[str, Any]
    expiring: frozenset[str]
    rows: Rows
    effects: tuple[str, ...]
    results: dict[str, str]
    trace: tuple[tuple[str, str], ...] = ()
    watched: tuple[str, ...] = ()

    def left(self) -> str:
        """The stores and effects in one text; two outcomes are equal if it is. Effects have no order."""
        kept = {key: (value, key in self.expiring) for key, value in self.keys.items()}
        return json.dumps([kept, self.rows, sorted(self.effects)], sort_keys=True, default=repr)

    def whole(self) -> str:
        """The same, and what each worker got."""
        return json.dumps([self.left(), self.results], sort_keys=True)

    def _overlapped(self) -> bool:
        """Whether two workers were at work at one time."""
        steps = [name for name, _ in self.trace]
        places = {name: [at for at, one in enumerate(steps) if one == name] for name in ("A", "B")}
        first, second = sorted(filter(None, places.values()))[:2] if all(places.values()) else ([0], [1])
        return first[-1] > second[0]

    def names(self) -> dict[str, Any]:
        """How an expression of a run file calls the parts."""
        return {
            "keys": self.keys,
            "expiring": sorted(self.expiring),
            "rows": self.rows,
            "counts": {table: len(rows) for table, rows in self.rows.items()},
            "sizes": {key: len(value) for key, value in self.keys.items() if not isinstance(value, int)},
            "names": sorted(self.keys),
            "effects": self.effects,
            "done": len(self.effects),
            "overlapped": self._overlapped(),
            "watched": self.watched,
            "taken": ", ".join(self.watched) or "never",
            **{name: self.results.get(name, "") for name in "ABCD"},
            "results": list(self.results.values()),
        }


class Stores:
    """The servers as the test run sees them: emptied before a run, looked at after it."""

    def __init__(self, redis_path: str, postgres_uri: str, brokers: str) -> None:
        self.brokers = brokers
        self.client = redis.Redis(unix_socket_path=redis_path)
        self.database = psycopg.connect(postgres_uri, autocommit=True)

    def close(self) -> None:
        self.client.close()
        self.database.close()

    def forget_tables(self) -> None:
        """A new program has other tables."""
        self.database.execute("DROP SCHEMA public CASCADE")
        self.database.execute("CREATE SCHEMA public")

    def empty(self) -> None:
        self.client.flushall()
        tables = ", ".join(f'"{one}"' for one in self._tables())
        if tables:
            self.database.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())

    def put(self, tag: str, messages: tuple[tuple[str, str], ...]) -> None:
        """Messages for the consumers of one run."""
        if not messages:
            return
        producer = confluent_kafka.Producer({"bootstrap.servers": self.brokers, "log_level": 0})
        for topic, value in messages:
            producer.produce(f"{topic}-{tag}", value, key=value, partition=0)
        assert producer.flush(10) == 0

    def waits(self, name: str) -> bool:
        """Whether the database lets a worker wait for another."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = %s"
        return self.database.execute(query, (name,)).fetchone() != (0,)

    def ending(self, pattern: str) -> list[bytes]:
        """The keys of this pattern that have an expiry."""
        return [key for key in self.client.scan_iter(match=f"*{pattern}*") if self.client.pttl(key) >= 0]

    def age(self, seconds: float) -> None:
        """Makes every key so much older."""
        for key in self.ending(""):
            self.client.pexpire(key, int(self.client.pttl(key) - 1000 * seconds))

    def lapse(self, pattern: str) -> None:
        """Ends them, as time would."""
        for key in self.ending(pattern):
            self.client.delete(key)

    def is_set(self, key: str) -> bool:
        return bool(self.client.exists(key, f":1:{key}"))

    def keys(self, ignored: tuple[str, ...] = ()) -> dict[str, Any]:
        names = sorted(key.decode("utf-8", "replace") for key in self.client.scan_iter())
        shown = {name.removeprefix(":1:"): name for name in names}  # Django's cache puts its version before a key
        return {name: self._value(key) for name, key in shown.items() if not _is_named(name, ignored)}

    def expiring(self) -> frozenset[str]:
        every = [key.decode("utf-8", "replace") for key in self.client.scan_iter() if self.client.pttl(key) >= 0]
        return frozenset(key.removeprefix(":1:") for key in every)

    def rows(self, ignored: tuple[str, ...] = ()) -> Rows:
        """All rows of all tables, but for columns that the database numbers by itself."""
        return {
            name: sorted(self._rows(name, ignored), key=repr) for name in self._tables() if not _is_named(name, ignored)
        }

    def _tables(self) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        return [name for (name,) in self.database.execute(query)]

    def _rows(self, table: str, ignored: tuple[str, ...]) -> list[dict[str, Any]]:
        columns = self.database.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
            "AND is_identity = 'NO' AND coalesce(column_default, '') NOT LIKE 'nextval%%' ORDER BY ordinal_position",
            (table,),
        )
        names = [name for (name,) in columns if not _is_named(f"{table}.{name}", ignored)]
        listed = ", ".join(f'"{one}"' for one in names)
        found = self.database.execute(f'SELECT {listed} FROM "{table}"'.encode()) if names else []
        return [dict(zip(names, row, strict=True)) for row in found]

    def _value(self, key: str) -> Any:
        read = {
            b"string": lambda: _plain(self.client.get(key)),
            b"list": lambda: list(map(_plain, self.client.lrange(key, 0, -1))),
            b"set": lambda: sorted(map(_plain, self.client.smembers(key)), key=repr),
            b"hash": lambda: {_plain(name): _plain(value) for name, value in self.client.hgetall(key).items()},
            b"zset": lambda: [(_plain(name), score) for name, score in self.client.zrange(key, 0, -1, withscores=True)],
        }
        return read[self.client.type(key)]() if self.client.exists(key) else None


def _plain(value: Any) -> Any:
    """Bytes as a number or text; Django's cache pickles what is no number."""
    if not isinstance(value, bytes):
        return value
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return repr(pickle.loads(value)) if value.startswith(b"\x80") else repr(value)
    return int(text) if text.removeprefix("-").isdigit() else text


def _is_named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, one) for one in patterns)
