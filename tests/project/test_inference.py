"""What astroid is asked for, what its answers change, and that nothing else changes them."""

from __future__ import annotations

import random
import sys
import textwrap
from pathlib import Path

import pytest

from fenceline.analyzer import astroid_types
from fenceline.analyzer.astroid_types import Types
from fenceline.analyzer.finding import Confidence
from fenceline.analyzer.inference import Inference
from fenceline.analyzer.layout import Layout
from fenceline.analyzer.models import load_models
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.stubs import Stubs
from fenceline.config import Config, Selection
from fenceline.engine import check
from fenceline.report.document import Report

RACE = """
    if int({client}.get(name) or 0) < 10:
        {client}.incr(name)
"""

MADE = {
    "the class in a class attribute": """
import redis

class Base:
    client_class = redis.Redis

    def __init__(self):
        self.setup()

    def setup(self):
        self.client = type(self).client_class()

class Counter(Base):
    def run(self, name):
        RACE(self.client)
""",
    "an item of an object": """
import redis

class Stores:
    def __getitem__(self, host):
        return redis.Redis(host=host)

STORES = Stores()

def run(name):
    client = STORES["main"]
    RACE(client)
""",
    "a class made by a call": """
from redis import Redis

Client = type("Client", (Redis,), {})

def run(name):
    client = Client()
    RACE(client)
""",
    "an operator": """
import redis as r

class Node:
    def __truediv__(self, path):
        return r.StrictRedis(path)

def run(name):
    client = Node() / "main"
    RACE(client)
""",
    "None until it is opened": """
import redis

class Stores:
    client = None

    def __getitem__(self, host):
        if self.client is None:
            return None
        return redis.Redis(host=host)

STORES = Stores()

def run(name):
    RACE(STORES["main"])
""",
    "a line with letters of several bytes": """
import redis

class Stores:
    def __getitem__(self, host):
        return redis.Redis(host=host)

STORES = Stores()

def run(name):
    label = "ключ"; limit = "ключ" and int(STORES["ключ"].get(name) or 0)
    if limit < 10:
        STORES["ключ"].incr(name)
""",
}

OTHERS = {
    "a method of its own": """
import redis

class Store(redis.Redis):
    def get(self, name):
        return 0

    def incr(self, name):
        return 0

class Stores:
    def __getitem__(self, host):
        return Store()

STORES = Stores()

def run(name):
    RACE(STORES["main"])
""",
    "two things": """
import redis

class Memory:
    def get(self, name):
        return 0

    def incr(self, name):
        return 0

class Stores:
    def __getitem__(self, host):
        if host:
            return redis.Redis()
        return Memory()

STORES = Stores()

def run(name):
    RACE(STORES["main"])
""",
    "one that is not known": """
import redis
from elsewhere import Memory

class Stores:
    def __getitem__(self, host):
        if host:
            return redis.Redis()
        return Memory()

STORES = Stores()

def run(name):
    RACE(STORES["main"])
""",
    "what a context manager of several gives": """
import redis
from contextlib import contextmanager

class Memory:
    def get(self, name):
        return 0

    def incr(self, name):
        return 0

class Opened:
    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        if self.kind:
            return redis.Redis()
        return Memory()

    def __exit__(self, *_):
        pass

class Stores:
    def __getitem__(self, kind):
        return Opened(kind)

STORES = Stores()

def run(name):
    with STORES["main"] as client:
        RACE(client)
""",
    "an attribute of one of several": """
import redis

class Memory:
    def get(self, name):
        return 0

    def incr(self, name):
        return 0

class Two:
    if HERE:
        client = redis.Redis()
    else:
        client = Memory()

class Stores:
    def __getitem__(self, host):
        return getattr(Two, "client")

STORES = Stores()

def run(name):
    RACE(STORES["main"])
""",
    "a parameter": """
import redis

def run(name, stores):
    RACE(stores["main"])
""",
    "a class of the project with that name": """
import redis

class Redis:
    def get(self, name):
        return 0

    def incr(self, name):
        return 0

class Stores:
    def __getitem__(self, host):
        return Redis()

STORES = Stores()

def run(name):
    RACE(STORES["main"])
""",
}


def source(text: str) -> str:
    """The text with the race on the client written out where ``RACE(client)`` stands."""
    lines = []
    for line in text.splitlines():
        before, found, rest = line.partition("RACE(")
        if found:
            body = textwrap.dedent(RACE).strip().replace("{client}", rest[:-1])
            lines += [before + one for one in body.splitlines()]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def report(root: Path, files: dict[str, str], jobs: int = 1) -> Report:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source(text), encoding="utf-8")
    config = Config(selections=(Selection(select=("FEN201",)),), jobs=jobs, min_confidence=Confidence.LOW)
    return check([root], config, root)


def counts(one: Report) -> tuple[int, int, int]:
    return one.summary.inferred.asked, one.summary.inferred.answered, one.summary.inferred.helped


@pytest.mark.parametrize("name", MADE)
def test_a_type_that_we_do_not_find(tmp_path: Path, name: str):
    found = report(tmp_path, {"app.py": MADE[name]})
    assert [one.rule for one in found.findings] == ["FEN201"]
    assert counts(found) == (2, 2, 2)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_such_type_or_not_sure(tmp_path: Path, name: str):
    found = report(tmp_path, {"app.py": OTHERS[name]})
    assert found.findings == ()
    assert found.summary.errors == ()
    assert counts(found)[2] == 0


def test_a_finding_is_never_surer_than_medium(tmp_path: Path):
    known = """
import redis
from celery import shared_task

class Stores:
    def __getitem__(self, host):
        return redis.Redis(host=host)

STORES, CLIENT = Stores(), redis.Redis()

@shared_task
def run(name):
    RACE(CLIENT)
"""
    inferred = known.replace("RACE(CLIENT)", 'RACE(STORES["main"])')
    assert [one.confidence for one in report(tmp_path / "a", {"app.py": known}).findings] == [Confidence.HIGH]
    assert [one.confidence for one in report(tmp_path / "b", {"app.py": inferred}).findings] == [Confidence.MEDIUM]


def test_a_lock_that_is_made_by_what_was_inferred_protects(tmp_path: Path):
    text = """
import redis

class Stores:
    def __getitem__(self, host):
        return redis.Redis(host=host)

STORES = Stores()

def run(name):
    client = STORES["main"]
    with client.lock(f"lock:{name}", timeout=10):
        RACE(client)
"""
    found = report(tmp_path, {"app.py": text})
    assert found.findings == ()
    assert counts(found) == (3, 3, 3)


def test_across_modules(tmp_path: Path):
    files = {
        "shop/__init__.py": "",
        "shop/stores.py": MADE["an item of an object"],
        "shop/use.py": "from .stores import STORES\n\ndef take(name):\n    RACE(STORES['spare'])\n",
    }
    found = report(tmp_path, files)
    assert [one.path for one in found.findings] == ["shop/stores.py", "shop/use.py"]
    assert counts(found) == (4, 4, 4)


def test_what_leads_to_no_library_is_not_asked_about(tmp_path: Path):
    found = report(tmp_path, {"app.py": MADE["an item of an object"].replace("redis", "box").replace("Redis", "Box")})
    assert counts(found) == (0, 0, 0)


@pytest.mark.parametrize(("limit", "asked"), [("QUESTIONS_A_FILE", 1), ("NODES_A_QUESTION", 3), ("LARGEST_MODULE", 50)])
def test_budgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, asked: int):
    monkeypatch.setattr(astroid_types, limit, asked)
    found = report(tmp_path, {"app.py": MADE["an item of an object"]})
    assert found.findings == ()
    assert counts(found)[2] == (1 if limit == "QUESTIONS_A_FILE" else 0)


def test_a_question_reads_some_modules_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = {f"m{n}.py": f"from m{n + 1} import STORES\n" for n in range(5)}
    files["m5.py"] = MADE["an item of an object"]
    files["app.py"] = "from m0 import STORES\nimport redis\n\ndef take(name):\n    RACE(STORES['spare'])\n"
    assert "app.py" in {one.path for one in report(tmp_path, files).findings}
    monkeypatch.setattr(astroid_types, "MODULES_A_QUESTION", 3)
    assert "app.py" not in {one.path for one in report(tmp_path, files).findings}


def chained(count: int) -> dict[str, str]:
    """Modules that import each other in a circle, each with a store of its own kind and a race on its neighbour's."""
    files = {}
    for n in range(count):
        after = (n + 1) % count
        kind = "redis.Redis(host=host)" if n % 3 else "dict(host=host)"
        files[f"m{n}.py"] = (
            f"import redis\nimport m{after}\nfrom m{after} import *\n\n\n"
            f"class Stores{n}:\n    def __getitem__(self, host):\n        return {kind}\n\n\n"
            f"STORES_{n} = Stores{n}()\n\n\n"
            f"def own_{n}(name):\n    RACE(STORES_{n}['a'])\n\n\n"
            f"def other_{n}(name):\n    RACE(m{after}.STORES_{after}['a'])\n\n\n"
            f"def far_{n}(name):\n    m{after}.other_{after}(name)\n    RACE(STORES_{after}['b'])\n"
        )
    return files


def test_workers_and_order_change_nothing(tmp_path: Path):
    files = chained(6)
    alone, shared = report(tmp_path, files), report(tmp_path, files, jobs=2)
    assert alone.findings == shared.findings
    assert counts(alone) == counts(shared)
    assert alone.summary.inferred.helped > 0


def test_an_answer_does_not_depend_on_the_questions_before(tmp_path: Path):
    report(tmp_path, chained(6))
    models, layout = load_models(), Layout(tmp_path, None)
    names = Inference(models, layout, lambda _path: ()).names
    places = [
        (path, (number, line.index(name) + len(name) + 1))
        for path in sorted(tmp_path.glob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for name in ("].get", "].incr")
        if name in line
    ]
    alone = {place: Types(models, layout, names).kind_at(*place) for place in places[::5]}
    assert {"", *filter(None, alone.values())} > {""}
    for seed in range(3):
        shuffled = random.Random(seed).sample(places, len(places))
        types = Types(models, layout, names)
        answers = {place: types.kind_at(*place) for place in shuffled}
        assert {place: answers[place] for place in alone} == alone


@pytest.mark.parametrize(
    "broken",
    [
        "def half(:\n    pass\n",
        "x = '\n",
        "f = " + "(" * 300 + ")" * 300 + "\n",
        "x = '\\d'\n",
        "class A(A):\n    pass\n",
    ],
)
def test_broken_source_is_no_error_of_the_run(tmp_path: Path, broken: str):
    found = report(tmp_path, {"app.py": MADE["an item of an object"], "bad.py": MADE["an item of an object"] + broken})
    assert "app.py" in {one.path for one in found.findings}
    assert all(error.kind == "unreadable" for error in found.summary.errors)


def test_whatever_astroid_raises_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(*_given: object) -> None:
        raise RecursionError

    monkeypatch.setattr(astroid_types, "_calls_in", fails)
    found = report(tmp_path, {"app.py": MADE["an item of an object"]})
    assert found.findings == ()
    assert found.summary.errors == ()
    assert counts(found) == (2, 0, 0)


def test_nothing_of_the_project_is_imported_and_astroid_is_left_as_it_was(tmp_path: Path):
    from astroid.manager import AstroidManager

    before = AstroidManager.ast_from_module_name
    text = "raise SystemExit('imported')\nimport unheard_of_extension\n" + MADE["an item of an object"]
    assert report(tmp_path, {"unheard_of.py": text}).findings
    assert AstroidManager.ast_from_module_name is before
    assert not {"unheard_of", "unheard_of_extension"} & {*sys.modules, *AstroidManager().astroid_cache}


def test_libraries_are_what_models_say_and_not_what_is_installed(tmp_path: Path):
    models = load_models()
    types = Types(models, Layout(tmp_path, None), frozenset({"get", "now"}))
    path = tmp_path / "app.py"
    path.write_text(
        "import redis, json, pytest\nredis.Redis().get('a')\njson.JSONDecoder().get()\npytest.get().now()\n"
    )
    assert types.kind_at(path, (2, 18)) == models.instances["redis.Redis"]
    assert types.kind_at(path, (3, 23)) is None
    assert types.kind_at(path, (4, 17)) is None


def test_stubs_hold_what_calls_make():
    stubs = Stubs(load_models())
    text = stubs.text("redis") or ""
    assert "class Redis:" in text
    assert "    class lock:" in text
    compile(text, "redis", "exec")
    assert stubs.kinds["redis.Redis.lock"] == load_models().method(stubs.kinds["redis.Redis"], "lock").result.strip(
        "<>"
    )
    assert stubs.text("redis.Redis") is None
    assert stubs.text("unheard_of") is None


def test_every_stub_is_python():
    models = load_models()
    stubs = Stubs(models)
    modules = {name.rpartition(".")[0] for name in (*models.instances, *models.objects)}
    for name in sorted(modules):
        compile(stubs.text(name) or "", name, "exec")


def test_names_are_those_that_rules_speak_of(tmp_path: Path):
    names = Inference(load_models(), Layout(tmp_path, None), lambda _path: ()).names
    assert {"get", "incr", "acquire", "commit", "execute"} <= names
    assert not {"splitlines", "title", "findall"} & names


def test_taken_begins_anew(tmp_path: Path):
    (tmp_path / "app.py").write_text("import redis\nredis.Redis().get('a')\n")
    inference = Inference(load_models(), Layout(tmp_path, None), lambda _path: ())
    for _ in range(2):
        assert inference.kind_at(str(tmp_path / "app.py"), Span(2, 1, 2, 18))
        assert inference.taken().helped == 1
    assert inference.taken().places == {}
