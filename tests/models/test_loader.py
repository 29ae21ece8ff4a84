from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.models import Case, ModelError, Operation, load_models, operation_for


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tokens = [", "mine.toml"),
        ('[[function]]\nname = "a.b"', "a.b: an operation needs 'op'"),
        ('[[function]]\nop = "none"', "'name'"),
        ('[[function]]\nname = "a.b"\nop = "kv.raed"', "a.b: no such operation: 'kv.raed'"),
        ('[[function]]\nname = "a.b"\nop = "kv.read"\nresult = "vlaue"', "a.b: no such result: 'vlaue'"),
        ('[[type]]\nnames = ["a.B"]', "a type needs 'id'"),
        ('[[type]]\nid = "t"\n[type.methods]\nget = 3', "t: get: an operation needs 'op'"),
        ('[[type]]\nid = "t"\n[type.methods]\nget = { op = "read" }', "t: get: no such operation: 'read'"),
        ('[[entry]]\nnames = ["a.b"]\nkind = "decorator"', "'what'"),
        ('[[entry]]\nnames = ["a.b"]\nkind = "decoration"\nwhat = "task"', "no such kind of entry: 'decoration'"),
        ('[[entry]]\nnames = ["a.b"]\nkind = "decorator"\nwhat = "tsak"', "no such entry: 'tsak'"),
        ('[values]\npuer = ["a.b"]', "no such value: 'puer'"),
        ('[[function]]\nname = "a"\nop = "none"\ncases = [{ op = "none" }]', "'when'"),
        ("type = 3", "mine.toml"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_entry(tmp_path: Path, text: str, message: str):
    with pytest.raises(ModelError) as caught:
        load_models([written(tmp_path, text)])
    assert "mine.toml" in str(caught.value)
    assert message in str(caught.value)


def test_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(ModelError, match=r"none\.toml"):
        load_models([tmp_path / "none.toml"])


def test_file_that_is_no_text(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"mine\.toml"):
        load_models([path])


def test_user_file_overrides_and_adds(tmp_path: Path):
    path = written(
        tmp_path,
        """
        tokens = ["stockroom"]
        [[function]]
        name = "django.shortcuts.get_object_or_404"
        op = "none"
        [[type]]
        id = "shop.client"
        names = ["shop.redis.Client"]
        extends = ["redis.client"]
        [type.methods]
        take = { op = "kv.update", params = ["sku", "n"], key = "sku", delta = "n", sign = -1, result = "new" }
        """,
    )
    models = load_models([path])
    shipped = load_models()
    assert models.functions["django.shortcuts.get_object_or_404"].op == "none"
    assert shipped.functions["django.shortcuts.get_object_or_404"].op == "qs.one"
    assert "stockroom" in models.tokens
    assert "stockroom" not in shipped.tokens
    client = models.type_named("shop.redis.Client")
    assert client is not None
    take, get = models.method(client.id, "take"), models.method(client.id, "get")
    assert take is not None
    assert get is not None
    assert (take.op, take.roles["sign"], get.op) == ("kv.update", -1, "kv.read")
    assert models.is_a(client.id, "redis.client")


def test_async_types_await_what_they_inherit():
    models = load_models()
    get = models.method("redis.async_client", "get")
    lock = models.method("redis.async_client", "lock")
    queued = models.method("redis.async_pipeline", "get")
    plain = models.method("redis.client", "get")
    assert [one.is_async for one in (get, lock, queued, plain) if one] == [True, False, False, False]


def test_method_star_stands_for_all():
    found = load_models().method("sqlalchemy.func", "coalesce")
    assert found is not None
    assert found.op == "expr.pure"


def test_roles_table_may_hold_any_name():
    execute = load_models().method("sql.cursor", "execute")
    assert execute is not None
    assert execute.params == ("query", "vars")
    assert execute.roles == {"sql": "query", "params": "vars"}


@pytest.mark.parametrize(
    ("given", "op", "result", "unit"),
    [
        ({}, "kv.write", "value", "s"),
        ({"nx": True}, "kv.insert", "bool", "s"),
        ({"nx": ...}, "kv.insert", "bool", "s"),
        ({"nx": False}, "kv.write", "value", "s"),
        ({"nx": None}, "kv.write", "value", "s"),
        ({"nx": True, "px": 500}, "kv.insert", "bool", "ms"),
        ({"nx": True, "get": True}, "kv.insert", "bool_inverted", "s"),
        ({"xx": True}, "kv.replace", "bool", "s"),
        ({"get": True}, "kv.update", "old", "s"),
        ({"px": 500}, "kv.write", "value", "ms"),
    ],
)
def test_options_of_set(given: dict[str, object], op: str, result: str, unit: str):
    operation = load_models().method("redis.client", "set")
    assert operation is not None
    found = operation_for(operation, given)
    assert (found.op, found.result, found.roles["unit"]) == (op, result, unit)


def test_case_that_equals():
    operation = Operation("f", "none", cases=(Case({"mode": {"equals": "x"}}, "send", {}, "none"),))
    assert [operation_for(operation, {"mode": m}).op for m in ("x", "y", None)] == ["send", "none", "none"]


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        ('tokens = ["a"]\n\n[[typ]]\nid = "t"', 3, "type"),
        ('[[type]]\nid = "t"\n\n[type.methods]\nget = { op = "kv.raed" }', 5, "kv.read"),
        ('[[type]]\nid = "t"\n\n[type.methods]\nget = { op = "kv.read", result = "vlaue" }', 5, "value"),
        ('[[type]]\nid = "t"\nnames = ["a.B"]\nextend = ["redis.client"]', 4, "extends"),
        ('[[object]]\nname = "a.b"\ntyp = "redis.client"\ntype = "redis.client"', 3, "type"),
        ('[[entry]]\nnames = ["a.b"]\nkind = "decorator"\nwhat = "tsak"', 4, "task"),
        ('[[entry]]\nnames = ["a.b"]\nkind = "decorators"\nwhat = "task"', 3, "decorator"),
        (
            '[[entry]]\nnames = ["a.b"]\nkind = "decorator"\nwhat = "task"\ndelivery = "at-least-onc"',
            5,
            "at-least-once",
        ),
        ('# words\n[values]\npuer = ["a.b"]', 3, "pure"),
        ('[[listing]]\nnames = ["JOBS"]\neach = "mappings"\nwhat = "job"', 3, "mapping"),
    ],
)
def test_a_wrong_word_is_said_with_its_line_and_the_nearest_one(tmp_path: Path, text: str, line: int, meant: str):
    path = written(tmp_path, text)
    with pytest.raises(ModelError) as caught:
        load_models([path])
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert f"did you mean '{meant}'?" in str(caught.value)


def test_nothing_is_meant_where_nothing_is_near(tmp_path: Path):
    with pytest.raises(ModelError) as caught:
        load_models([written(tmp_path, '[[function]]\nname = "a"\nop = "xyzzy"')])
    assert str(caught.value).endswith(":3: a: no such operation: 'xyzzy'")
