"""The words in which model files say what a call does. ``docs/models.md`` says what each of them means."""

from __future__ import annotations

_BY_FAMILY = {
    "kv": (
        "read read_many write write_many insert replace cas update pop delete expire persist script register_script "
        "pipeline watch unwatch multi execute reset transaction get_or_set"
    ),
    "lock": "new acquire release renew held",
    "qs": (
        "refine same lock one one_or_none first exists count aggregate create get_or_create update_or_create update "
        "delete bulk_create bulk_update in_bulk contains rows none relate"
    ),
    "row": "save delete refresh same item assign",
    "form": "save check",
    "doc": "one rows count create put update replace delete",
    "expr": "field q pure condition",
    "orm": "base",
    "tx": "block run hook begin commit rollback autocommit",
    "session": (
        "new get query add add_all merge delete flush commit rollback refresh expire execute scalars scalar exec begin "
        "begin_nested close bulk"
    ),
    "stmt": "select update insert delete where values lock on_conflict returning same",
    "result": "one first all same",
    "sql": "text execute executemany fetch_one fetch_all",
    "message": "receive ack nack extend",
    "schedule": "start cron every",
    "time": "sleep wait duration limit",
    "webhook": "verify compare",
    "call": "now",
    "file": "check change own write flush",
}

OPERATIONS: frozenset[str] = frozenset(
    {f"{family}.{word}" for family, words in _BY_FAMILY.items() for word in words.split()}
    | {"none", "send", "external", "entry"}
)

RESULTS: frozenset[str] = frozenset(
    {
        "value", "none", "exists", "size", "bool", "bool_inverted", "count", "new", "old",
        "row", "rows", "row_and_bool", "scalar", "status",
    }
)  # fmt: skip

ENTRY_KINDS: frozenset[str] = frozenset({"decorator", "base", "call", "shape"})

ENTRIES: frozenset[str] = frozenset(
    {"task", "view", "consumer", "job", "receiver", "command", "hook", "plain", "migration"}
)

ENTRY_FACTS: dict[str, frozenset[str]] = {
    "fires": frozenset({"every-process", "one-sender", "elected", "platform"}),
    "overlap": frozenset({"serial", "allowed", "guarded"}),
    "delivery": frozenset({"at-most-once", "at-least-once"}),
    "ack": frozenset({"before", "after", "auto", "manual", "none"}),
    "retried": frozenset({"never", "on-error", "by-hand"}),
    "in_turn": frozenset({"task"}),
    "within": frozenset({"transaction", "none"}),
    "row": frozenset({"deleted"}),
}
"""What a model may say of an entry or of a consumer, and the words for it."""

LEASES: frozenset[str] = frozenset({"ttl", "none", "session", "transaction"})
"""How a lock ends that nobody gives back: by its expiry, never, with its connection, with its transaction."""

VALUES: frozenset[str] = frozenset(
    {
        "fresh",
        "clock",
        "pure",
        "same",
        "encode",
        "decode",
        "secret",
        "suppress",
        "exit_stack",
        "partial",
        "named",
        "model",
        "mac",
        "raises",
    }
)  # fmt: skip

CHANGES: frozenset[str] = frozenset(
    {
        "create", "drop", "rename", "column", "drop_column", "rename_column", "together", "add", "remove", "sql",
        "within", "batch",
    }
)  # fmt: skip
"""What an operation of a migration does to a table."""
