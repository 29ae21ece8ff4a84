"""Each known script is run by the server and compared with the Python that it is said to do."""

from __future__ import annotations

import random
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenceline.analyzer.models import ModelError, load_models
from fenceline.analyzer.scripts import Script, normal, scripts_in

SCRIPTS = sorted(load_models().scripts.values(), key=lambda one: one.text)
KEY, FIELD = "fenceline:script", "field"
NUMBERS = [None, b"-3", b"0", b"1", b"2", b"5", b"12"]
TEXTS = [*NUMBERS, b"", b"open", b"\xff\x00", b"closed"]
ARGUMENTS: dict[str, list[object]] = {
    "limit": [-1, 0, 1, 2, 5, 10],
    "default": [0, "0", 3],
    "amount": [1, 2, -1],
    "seconds": [60, 600],
    "expected": [b"open", b"1", b""],
    "token": [b"open", b"1", b""],
    "value": ["new", 7, b"\xff"],
    "field": [FIELD],
    "item": ["a", 1],
    "member": ["m0", "other"],
}
Case = tuple[bytes | None, int, dict[str, object]]


@pytest.fixture
def client(redis_socket: str) -> redis.Redis:
    return redis.Redis(unix_socket_path=redis_socket)


def state(client: redis.Redis, script: Script, held: bytes | None, size: int) -> None:
    """What the key holds at first: of the kind that the script reads, and with an expiry of its own at times."""
    client.delete(KEY)
    if "client.hget" in script.does:
        if held is not None:
            client.hset(KEY, FIELD, held)
    elif "client.hlen" in script.does:
        client.hset(KEY, mapping={f"f{n}": n for n in range(size)}) if size else None
    elif "client.llen" in script.does:
        client.rpush(KEY, *range(size)) if size else None
    elif "client.scard" in script.does:
        client.sadd(KEY, *[f"m{n}" for n in range(size)]) if size else None
    elif held is not None:
        client.set(KEY, held, ex=30 if size % 2 else None)


def contents(client: redis.Redis) -> object:
    """What is at the key afterwards; of its expiry only which one it is."""
    kind = client.type(KEY)
    reads: dict[bytes, Callable[[], object]] = {
        b"string": lambda: client.get(KEY),
        b"hash": lambda: client.hgetall(KEY),
        b"list": lambda: client.lrange(KEY, 0, -1),
        b"set": lambda: client.smembers(KEY),
    }
    left = int(client.ttl(KEY))
    return kind, reads[kind]() if kind in reads else None, left if left < 0 else -(-left // 30)


def outcome(client: redis.Redis, run: Callable[[], object]) -> tuple[object, object]:
    """What a run gives back, or that it raises, and what it leaves."""
    try:
        given_back = run()
    except (redis.ResponseError, TypeError, ValueError):
        given_back = "raises"
    return given_back, contents(client)


def compare(client: redis.Redis, script: Script, case: Case) -> None:
    held, size, arguments = case
    if "else default" in script.does:
        arguments["default"] = int(str(arguments["default"]))  # a number already: only what is held is made one
    names: dict[str, Callable[..., object]] = {}
    exec(script.function, names)
    args = [arguments[name] for name in script.args]
    state(client, script, held, size)
    said = outcome(client, lambda: names[script.name](client, KEY, *args))
    state(client, script, held, size)
    assert outcome(client, lambda: client.eval(script.text, 1, KEY, *args)) == said, (script.text, case)


def held_for(script: Script) -> list[bytes | None]:
    return NUMBERS if "int(held)" in script.does or "int(held or" in script.does else TEXTS


@pytest.mark.parametrize("name", sorted({one.name for one in SCRIPTS}))
def test_each_script_does_what_is_said(client: redis.Redis, name: str):
    chance = random.Random(name)
    for script in (one for one in SCRIPTS if one.name == name):
        for _ in range(6):
            arguments = {key: chance.choice(values) for key, values in ARGUMENTS.items()}
            compare(client, script, (chance.choice(held_for(script)), chance.randrange(4), arguments))


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_on_any_input(client: redis.Redis, data: st.DataObject):
    script = data.draw(st.sampled_from(SCRIPTS))
    number = st.integers(-(10**12), 10**12)
    arguments: dict[str, object] = {name: data.draw(st.sampled_from(ARGUMENTS[name])) for name in script.args}
    arguments |= {name: data.draw(number) for name in script.args if name in ("limit", "amount", "default")}
    arguments |= {name: data.draw(st.binary(max_size=9)) for name in script.args if name in ("value", "item", "member")}
    counted = st.one_of(st.none(), number.map(lambda one: str(one).encode()))
    held = data.draw(counted if held_for(script) is NUMBERS else st.one_of(counted, st.binary(max_size=6)))
    if "expected" in script.args:
        arguments["expected"] = data.draw(st.one_of(st.just(held or b""), st.binary(max_size=6)))
    compare(client, script, (held, data.draw(st.integers(0, 5)), arguments))


def test_the_comparison_would_notice(client: redis.Redis):
    """A script that does something else than it says is told from one that does not."""
    honest = next(one for one in SCRIPTS if "int(held) > limit" in one.does and "decrby" in one.does)
    liar = Script(honest.name, honest.text.replace(">", ">="), honest.does, honest.args, {})
    case: Case = (b"1", 0, {"limit": 1, "amount": 1})
    compare(client, honest, case)
    with pytest.raises(AssertionError):
        compare(client, liar, case)


def test_no_two_scripts_have_one_text():
    files = [one for one in load_models().script_files if "script" in one]
    texts = [one.text for data in files for one in scripts_in(data)]
    assert len(texts) == len(set(texts)) > 400


def test_text_counts_as_it_is_but_for_its_margin():
    assert normal("\n    return 1\n      x\r\n") == "return 1\n  x"
    models, script = load_models(), SCRIPTS[0]
    assert models.script("\n" + script.text.replace("\n", "\n    ").replace("local", "    local", 1)) is None
    indented = "\n".join("    " + line for line in script.text.splitlines())
    assert models.script(f"\n{indented}\n  ") == script
    assert models.script(script.text.replace("if ", "if  ", 1)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[script]]\nname = "s"\nlua = "return 1"', "mine.toml:2: s: a script needs 'does'"),
        ('[[script]]\nname = "s"\nlua = "x"\ndoes = "y"\nkeys = 2', "s: no such key: 'keys'"),
        ('[[script]]\nname = "s"\nlua = "x"\ndoes = "y"\nreads_as = "comands"', "no such word: 'comands'"),
        ('[[script]]\nname = "s"\nlua = "x"\ndoes = "{tset}"\n[fragments]\ntest = []', "no such fragment: 'tset'"),
        ('[[script]]\nname = "s"\nlua = "x"\ndoes = "{test}"\n[fragments]\ntest = []', "'test' is in one of the two"),
        ('[fragments]\ntest = [["x"]]', "[fragments] test must be a list of pairs"),
        ("fragments = 3", "[fragments] must be a table"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_models([path])
    assert message in str(caught.value)


def test_scripts_of_a_user(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('[[script]]\nname = "touch"\nlua = "return {x}"\ndoes = "client.get(key)"', encoding="utf-8")
    found = load_models([path]).script(" return ARGV[1] ")
    assert found is not None
    assert (found.args, found.function) == (("x",), "def touch(client, key, x):\n    client.get(key)\n")
    assert isinstance(compile(found.function, "f", "exec"), types.CodeType)
