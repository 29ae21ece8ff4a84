"""How sure a finding is by who runs the code, also where that is far away."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.config import Config
from fenceline.engine import check
from fenceline.selection import Selection

STOCK = """import redis

client = redis.Redis()


def reserve(sku):
    left = client.get(f"stock:{sku}")
    if left and int(left) > 0:
        client.decr(f"stock:{sku}")


class Shelf:
    def take(self, sku):
        left = client.get(f"shelf:{sku}")
        if left and int(left) > 0:
            client.decr(f"shelf:{sku}")
"""
TASK = """from celery import shared_task

from shop.stock import Shelf, client, reserve


@shared_task
def reorder(sku):
    {body}
"""
COMMAND = """from django.core.management.base import BaseCommand

from shop.stock import Shelf, reserve


class Command(BaseCommand):
    def handle(self, *args, **options):
        {body}
"""
LOCKED = "with client.lock(f'lock:{sku}', timeout=30):\n        reserve(sku)"


def findings(root: Path, files: dict[str, str], *paths: str, least: Confidence = Confidence.LOW) -> list[Finding]:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "shop" / "__init__.py").touch()
    config = Config(selections=(Selection(select=("FEN201", "FEN205")),), jobs=1, min_confidence=least)
    return list(check([root / one for one in paths] or [root], config, root).findings)


def sure(root: Path, files: dict[str, str], function: str) -> Confidence | None:
    found = {one.function: one.confidence for one in findings(root, {"shop/stock.py": STOCK, **files})}
    return found.get(function)


def test_nobody_calls_it(tmp_path: Path):
    assert sure(tmp_path, {}, "reserve") == Confidence.MEDIUM


@pytest.mark.parametrize(
    ("function", "body"), [("reserve", "reserve(sku)"), ("Shelf.take", "shelf = Shelf()\n    shelf.take(sku)")]
)
def test_a_task_elsewhere_runs_it(tmp_path: Path, function: str, body: str):
    assert sure(tmp_path, {"shop/tasks.py": TASK.format(body=body)}, function) == Confidence.HIGH


def test_it_is_shown_where_only_the_surest_are_asked_for(tmp_path: Path):
    files = {"shop/stock.py": STOCK, "shop/tasks.py": TASK.format(body="reserve(sku)")}
    assert [one.function for one in findings(tmp_path, files, least=Confidence.HIGH)] == ["reserve"]


@pytest.mark.parametrize(
    ("function", "body"), [("reserve", "reserve('a')"), ("Shelf.take", "shelf = Shelf()\n        shelf.take('a')")]
)
def test_only_a_command_runs_it(tmp_path: Path, function: str, body: str):
    assert sure(tmp_path, {"shop/restock.py": COMMAND.format(body=body)}, function) == Confidence.LOW


def test_a_command_and_somebody_who_is_not_seen(tmp_path: Path):
    files = {
        "shop/restock.py": COMMAND.format(body="reserve('a')"),
        "shop/service.py": "from shop.stock import reserve\n\n\ndef order(sku):\n    reserve(sku)\n",
    }
    assert sure(tmp_path, files, "reserve") == Confidence.MEDIUM


def test_every_caller_holds_a_lock(tmp_path: Path):
    assert sure(tmp_path, {"shop/tasks.py": TASK.format(body=LOCKED)}, "reserve") is None


def test_the_callers_of_the_caller_hold_it(tmp_path: Path):
    files = {
        "shop/service.py": "from shop.stock import reserve\n\n\ndef order(sku):\n    reserve(sku)\n",
        "shop/tasks.py": TASK.format(body=LOCKED.replace("reserve", "order")).replace(
            "from shop.stock import Shelf, client, reserve",
            "from shop.service import order\nfrom shop.stock import client",
        ),
    }
    assert sure(tmp_path, files, "reserve") is None


def test_one_caller_holds_a_lock_and_another_does_not(tmp_path: Path):
    files = {
        "shop/tasks.py": TASK.format(body=LOCKED),
        "shop/more.py": TASK.format(body="reserve(sku)"),
    }
    assert sure(tmp_path, files, "reserve") == Confidence.HIGH


def test_a_lock_that_each_caller_names_anew_keeps_nobody_apart(tmp_path: Path):
    body = LOCKED.replace("lock:{sku}", "lock:{uuid.uuid4()}")
    text = "import uuid\n" + TASK.format(body=body)
    assert sure(tmp_path, {"shop/tasks.py": text}, "reserve") == Confidence.HIGH


def test_a_test_that_is_named(tmp_path: Path):
    text = STOCK.replace("def reserve", "def test_reserve")
    found = findings(tmp_path, {"shop/stock.py": "", "tests/test_stock.py": text}, "tests/test_stock.py")
    assert {one.confidence for one in found} == {Confidence.LOW}


def test_a_migration_wherever_it_lies(tmp_path: Path):
    text = """from django.db import migrations
from shop.models import Price


def fill(apps, schema_editor):
    if not Price.objects.filter(sku="a").exists():
        Price.objects.create(sku="a")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(fill)]
"""
    models = "from django.db import models\n\n\nclass Price(models.Model):\n    sku = models.CharField(max_length=9)\n"
    found = findings(tmp_path, {"shop/models.py": models, "shop/changes/m1.py": text})
    assert [(one.rule, one.confidence) for one in found] == [("FEN205", Confidence.LOW)]


@pytest.mark.parametrize(("decorator", "confidence"), [("@shared_task\n", Confidence.HIGH), ("", Confidence.LOW)])
def test_a_command_that_a_task_gives(tmp_path: Path, decorator: str, confidence: Confidence):
    task = f"from celery import shared_task\nfrom django.core.management import call_command\n\n\n{decorator}"
    files = {
        "shop/management/__init__.py": "",
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/restock_all.py": COMMAND.format(body="reserve('a')"),
        "shop/tasks.py": f"{task}def nightly():\n    call_command('restock_all', verbosity=0)\n",
    }
    assert sure(tmp_path, files, "reserve") == confidence
