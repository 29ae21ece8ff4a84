"""How something is called where it is needed, and where its import goes."""

import libcst as cst
import pytest

from fenceline.fixers.code import Code
from tests.fixes.test_code import find

IMPORT = "from django.db import transaction\n"


def added(source: str, *wanted: tuple[str, str | None], at: str = "use()", package: str = "") -> tuple[list[str], str]:
    code = Code(source, package)
    place = find(code, at, cst.Call)
    names = [code.imported(module, name, at=place) for module, name in wanted]
    code.replace(place, "done()")
    return names, code.text().replace("done()", at)


@pytest.mark.parametrize(
    ("head", "module", "name", "spelling"),
    [
        ("from django.db import transaction", "django.db", "transaction", "transaction"),
        ("from django.db import models, transaction as tx", "django.db", "transaction", "tx"),
        ("import django.db", "django.db", "transaction", "django.db.transaction"),
        ("import django.db as d", "django.db", "transaction", "d.transaction"),
        ("from django import db", "django.db", "transaction", "db.transaction"),
        ("import redis", "redis", None, "redis"),
        ("import redis as r", "redis", None, "r"),
        ("import redis.asyncio", "redis.asyncio", None, "redis.asyncio"),
        ("from redis import asyncio as aio", "redis.asyncio", None, "aio"),
        ("try:\n    import redis\nexcept ImportError:\n    redis = None", "redis", "Redis", "redis.Redis"),
    ],
)
def test_an_import_that_is_there_is_used(head: str, module: str, name: str | None, spelling: str) -> None:
    source = f"{head}\n\n\ndef f():\n    use()\n"
    assert added(source, (module, name)) == ([spelling], source)


@pytest.mark.parametrize(
    "head",
    [
        "if TYPE_CHECKING:\n    from django.db import transaction",
        "def g():\n    from django.db import transaction",
        "try:\n    import x\nexcept ImportError:\n    from django.db import transaction",
    ],
)
def test_an_import_that_may_not_have_run_is_not_used(head: str) -> None:
    names, text = added(f"import os\n\n{head}\n\n\ndef f():\n    use()\n", ("django.db", "transaction"))
    assert "import os\n\nfrom django.db import transaction" in text
    assert names == ["transaction"] or "transaction as" in text


def test_the_import_of_a_function_counts_below_it() -> None:
    source = "def f():\n    from django.db import transaction\n    use()\n"
    assert added(source, ("django.db", "transaction")) == (["transaction"], source)
    names, text = added("def f():\n    use()\n    from django.db import transaction\n", ("django.db", "transaction"))
    assert names == ["transaction_"]
    assert text.startswith("from django.db import transaction as transaction_\n")


@pytest.mark.parametrize(
    "shadow", ["def f(transaction):", "def f():\n    transaction = 1", "def f(*, x=1, **transaction):"]
)
def test_a_name_that_is_hidden_gets_another(shadow: str) -> None:
    source = f"from django.db import transaction\n\n\n{shadow}\n    use()\n"
    names, text = added(source, ("django.db", "transaction"))
    assert names == ["transaction_"]
    assert text.startswith("from django.db import transaction, transaction as transaction_\n")


def test_another_thing_of_that_name_at_the_top_gets_another() -> None:
    names, text = added("from mine import transaction\n\n\nuse()\n", ("django.db", "transaction"))
    assert names == ["transaction_"]
    assert "from django.db import transaction as transaction_\n" in text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from django.db import models", "from django.db import models, transaction"),
        ("from django.db import a, z", "from django.db import a, transaction, z"),
        ("from django.db import z, a", "from django.db import z, a, transaction"),
        ("from django.db import F, models  # noqa", "from django.db import F, models, transaction  # noqa"),
        ("from django.db import (models)", "from django.db import (models, transaction)"),
        ("from django.db import (\n    a,\n    z,\n)", "from django.db import (\n    a,\n    transaction,\n    z,\n)"),
        (
            "from django.db import (\n    a,  # A\n    b,  # B\n)",
            "from django.db import (\n    a,  # A\n    b,  # B\n    transaction,\n)",
        ),
        ("from django.db import (\n    a\n)", "from django.db import (\n    a, transaction\n)"),
        ("from django.db import a, \\\n    b", "from django.db import a, \\\n    b, \\\n    transaction"),
        (
            "from django.db import " + ", ".join(f"name_{n}" for n in range(9)),
            "from django.db import (\n" + "".join(f"    name_{n},\n" for n in range(9)) + "    transaction,\n)",
        ),
    ],
)
def test_it_joins_the_import_of_its_module(line: str, expected: str) -> None:
    assert added(f"{line}\n\n\nuse()\n", ("django.db", "transaction"))[1] == f"{expected}\n\n\nuse()\n"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("import os\n\nimport redis\n", "import os\n\nimport redis\n" + IMPORT),
        (
            "import os\n\nimport a\nfrom b import c\nfrom z import y\n",
            "import os\n\nimport a\nfrom b import c\nfrom django.db import transaction\nfrom z import y\n",
        ),
        ("import os\n", "import os\n\n" + IMPORT),
        ("from mine import x\n", "from django.db import transaction\n\nfrom mine import x\n"),
        ("from . import x\n", "from django.db import transaction\n\nfrom . import x\n"),
        ("import os\n\nfrom . import x\n", "import os\n\nfrom django.db import transaction\n\nfrom . import x\n"),
        (
            "import os\nimport redis\nfrom mine import x\n",
            "import os\nimport redis\nfrom django.db import transaction\nfrom mine import x\n",
        ),
        (
            '"""Doc."""\n\nfrom __future__ import annotations\n',
            '"""Doc."""\n\nfrom __future__ import annotations\n\nfrom django.db import transaction\n',
        ),
        (
            "# c\nimport os\n\n# about flask\nimport flask\n",
            "# c\nimport os\n\n# about flask\nimport flask\nfrom django.db import transaction\n",
        ),
        ("from a import *\nfrom z import *\n", "from a import *\nfrom django.db import transaction\nfrom z import *\n"),
        (
            "import z\nimport a\nimport django\nimport b\n",
            "import z\nimport a\nimport django\nfrom django.db import transaction\nimport b\n",
        ),
    ],
)
def test_it_goes_to_its_group(head: str, expected: str) -> None:
    body = "\n\ndef f():\n    use()\n"
    assert added(head + body, ("django.db", "transaction"), package="mine")[1] == expected + body


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("use()\n", "import os\n\nuse()\n"),
        (
            "#!/usr/bin/python\n# about f\ndef f():\n    use()\n",
            "#!/usr/bin/python\n# about f\n\nimport os\n\n\ndef f():\n    use()\n",
        ),
        ("# file\n\n# about f\ndef f():\n    use()\n", "# file\n\nimport os\n\n\n# about f\ndef f():\n    use()\n"),
        ('"""Doc."""\nuse()\n', '"""Doc."""\n\nimport os\n\nuse()\n'),
        ("x = 1; use()\r\n", "import os\r\n\r\nx = 1; use()\r\n"),
    ],
)
def test_the_first_import_of_a_file(source: str, expected: str) -> None:
    assert added(source, ("os", None))[1] == expected


def test_several_are_added_once_each() -> None:
    names, text = added(
        "import os\n\n\ndef f():\n    use()\n", ("b", "x"), ("a", None), ("b", "x"), ("b", "a"), ("c.d", None)
    )
    assert names == ["x", "a", "x", "a_", "c.d"]
    assert text == "import os\n\nimport a\nimport c.d\nfrom b import a as a_, x\n\n\ndef f():\n    use()\n"


def test_a_star_import_may_have_given_the_name_already() -> None:
    source = "from m import *\n\n\ndef f():\n    transaction()\n    use()\n"
    names, _text = added(source, ("django.db", "transaction"))
    assert names == ["transaction_"]


def test_an_import_that_is_not_used_any_more_goes() -> None:
    code = Code("import os\nfrom a import (\n    b,\n    c,\n)\nimport unused\n\nx = b() + os.sep + c\n")
    code.replace(find(code, "b() + os.sep + c"), "c")
    code.dropped("b", "os", "unused", "c")
    assert code.text() == "from a import (\n    c,\n)\nimport unused\n\nx = c\n"


def test_an_import_that_a_string_names_stays() -> None:
    code = Code('from a import b\n__all__ = ["b"]\nx = b\n')
    code.replace(find(code, "x = b"), "c")
    code.dropped("b")
    assert "import b" in code.text()
