"""Wrong fixes that other tools have shipped for bugs of this kind: each is refused here, or done right.

A text is fixed with all fixers, unsafe ones too, at every confidence. ``None``: it must come out as it went in.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.finding import Confidence
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.source import source_from_text
from fenceline.config import Config
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.passes import fix
from fenceline.selection import Selection

DJANGO = """from celery import shared_task
from django.db import models, transaction


class Account(models.Model):
    owner = models.CharField(max_length=20)
    points = models.IntegerField()


@shared_task
def tell(pk):
    pass


"""
STAMPED = """from django.db import models


class Account(models.Model):
    points = models.IntegerField()
    changed = models.DateTimeField(auto_now=True)


"""
HOOKED = """from django.db import models


class Account(models.Model):
    points = models.IntegerField()
    level = models.IntegerField()

    def save(self, *args, **kwargs):
        self.level = self.points // 100
        super().save(*args, **kwargs)


"""
GET = "def spend(pk, n):\n    account = Account.objects.get(pk=pk)\n"
REDIS = "import redis\n\nclient = redis.Redis()\n\n\n"


def fixed(folder: Path, text: str, code: str, *, unsafe: bool = True) -> str:
    """The text with all that is found by one rule fixed."""
    folder.joinpath("app.py").write_text(text, encoding="utf-8")
    config = Config(selections=(Selection(select=(code,)),), min_confidence=Confidence.LOW, jobs=1)
    changes = fix([folder], config, folder, unsafe=unsafe).changes
    return changes[0].new.source.text if changes else text


def test_an_argument_goes_to_one_call_of_a_chain():
    """``requests.get(u, timeout=60).json(timeout=60)``: the argument went to the chained call as well."""
    text = "import requests\n\nx = requests.get(u).json()\n"
    code = Code.of(source_from_text(text))
    code.add_arguments(code.node_at(Span(3, 5, 3, 20)), "timeout=60")
    assert code.text() == text.replace("get(u)", "get(u, timeout=60)")


def test_overlapping_edits_are_refused():
    text = "x = first(\n    second(a),\n)\n"
    code = Code.of(source_from_text(text))
    outer, inner = code.node_at(Span(1, 5, 3, 2)), code.node_at(Span(2, 5, 2, 14))
    code.replace(outer, code.expression("other()"))
    with pytest.raises(Refused, match="overlap"):
        code.replace(inner, code.expression("b"))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(
            "FEN404",
            "import threading\n\n\ndef run(total):\n    lock = threading.Lock()\n    lock.acquire()\n    total.add(1)\n"
            "    lock.release()\n",
            id="a lock that is made in the function is as fresh with any other syntax",
        ),
        pytest.param(
            "FEN304",
            DJANGO
            + """def place(owner, n):
    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
        tell.delay(account.pk)
        if n > 100:
            raise ValueError(owner)
""",
            id="a message that is sent although the block is rolled back would be lost",
        ),
        pytest.param(
            "FEN304",
            DJANGO
            + """def place(owner):
    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
        return tell.delay(account.pk).id
""",
            id="a hook gives no result back",
        ),
        pytest.param(
            "FEN304",
            DJANGO
            + """def place(owner):
    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
        sent = tell.delay(account.pk)
        account.owner = sent.id
        account.save()
""",
            id="a hook's result cannot be saved",
        ),
    ],
)
def test_left_alone(tmp_path: Path, code: str, text: str):
    assert fixed(tmp_path, text, code) == text


@pytest.mark.parametrize(
    ("model", "text"),
    [
        pytest.param(
            DJANGO,
            GET + "    account.points = max(account.points - n, 0)\n    account.save()\n",
            id="max",
        ),
        pytest.param(
            DJANGO,
            GET + "    account.points = min(account.points + n, 9)\n    account.save()\n",
            id="min",
        ),
        pytest.param(
            DJANGO,
            "def spend(account, n):\n    account.owner = 'x'\n    account.points -= n\n    account.save()\n",
            id="a row that was handed in, with what the caller has changed on it",
        ),
        pytest.param(
            HOOKED,
            GET + "    account.points -= n\n    account.save()\n",
            id="a save() of its own computes with the value",
        ),
    ],
)
def test_no_expression_of_the_column(tmp_path: Path, model: str, text: str):
    """``F()`` is no number: it cannot be compared or clamped, and other code that reads the attribute breaks."""
    assert "F(" not in fixed(tmp_path, model + text, "FEN203", unsafe=False)


def test_a_stamp_is_saved_with_the_columns(tmp_path: Path):
    """``update_fields`` without the ``auto_now`` column leaves the stamp as it was."""
    text = GET + "    account.points -= n\n    account.save()\n"
    done = fixed(tmp_path, STAMPED + text, "FEN203")
    assert done != STAMPED + text
    assert "update_fields" not in done or '"changed"' in done


def test_the_row_is_locked_where_it_is_read(tmp_path: Path):
    """A lock behind the read protects nothing, and outside a transaction it is an error."""
    text = """def claim(pk, name):
    account = Account.objects.get(pk=pk)
    if account.owner == "":
        account.owner = name
        account.save()
        return True
    return False
"""
    done = fixed(tmp_path, DJANGO + text, "FEN204")
    assert done != DJANGO + text
    assert "account = Account.objects.select_for_update().get(pk=pk)" in done
    assert done.index("atomic()") < done.index("select_for_update") < done.index("account.owner ==")


def test_an_acquire_whose_result_is_tested_keeps_its_test(tmp_path: Path):
    """redis-py's ``with`` raises when the lock is not got: it is no other spelling of an acquire that may fail."""
    text = """def run():
    lock = client.lock("orders", timeout=30)
    if lock.acquire(blocking=False):
        client.incr("runs")
        lock.release()
"""
    done = fixed(tmp_path, REDIS + text, "FEN404")
    assert done != REDIS + text
    assert "if lock.acquire(blocking=False):" in done
    assert "finally:" in done


@pytest.mark.parametrize("code", ["FEN201", "FEN305", "FEN402", "FEN403", "FEN404"])
def test_the_documented_idiom_stays(tmp_path: Path, code: str):
    """Celery's cookbook: ``cache.add`` with an expiry, deleted only before that."""
    text = """import time

from celery import shared_task
from django.core.cache import cache


@shared_task
def import_feed(url):
    deadline = time.monotonic() + 57
    if not cache.add(f"import:{url}", "1", 60):
        return
    try:
        read(url)
    finally:
        if time.monotonic() < deadline:
            cache.delete(f"import:{url}")
"""
    assert fixed(tmp_path, text, code) == text
