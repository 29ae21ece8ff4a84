"""By which entry point a finding is reached: told in one line, and as a structure in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.config import Config
from fenceline.engine import check
from fenceline.report import json as json_report
from fenceline.report import text as text_report
from fenceline.selection import Selection

STOCK = """import redis

client = redis.Redis()


def reserve(sku):
    left = client.get(f"stock:{sku}")
    if left and int(left) > 0:
        client.decr(f"stock:{sku}")
"""

SERVICES = """from shop import stock


def order(sku):
    stock.reserve(sku)
"""

TASKS = """from celery import shared_task

from shop.services import order


@shared_task
def reorder(sku):
    order(sku)
"""

VIEWS = """from django.views import View

from .services import order


class Checkout(View):
    def post(self, request):
        order(request.POST["sku"])
"""


def project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = root / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "shop" / "__init__.py").touch()
    return root


def report_of(root: Path, files: dict[str, str], jobs: int = 1):
    project(root, files)
    config = Config(selections=(Selection(select=("FEN201",)),), jobs=jobs, min_confidence=Confidence.LOW)
    return check([root], config, root)


def only_finding(root: Path, files: dict[str, str]) -> Finding:
    findings = report_of(root, files).findings
    assert len(findings) == 1
    return findings[0]


def line_of(finding: Finding) -> str | None:
    return None if finding.reached is None else text_report.reached_line(finding.reached)


def test_a_function_that_nobody_calls_is_reached_from_nowhere(tmp_path: Path):
    report = report_of(tmp_path, {"stock.py": STOCK})
    assert report.findings[0].reached is None
    assert "reached" not in text_report.render(report)
    assert json.loads(json_report.render(report))["findings"][0]["reached"] is None


def test_the_entry_point_itself(tmp_path: Path):
    text = STOCK.replace("import redis\n", "import redis\nfrom celery import shared_task\n").replace(
        "def reserve", "@shared_task\ndef reserve"
    )
    finding = only_finding(tmp_path, {"stock.py": text})
    assert line_of(finding) == "reached from task reserve: shop/stock.py:8"


def test_through_functions_of_other_modules(tmp_path: Path):
    finding = only_finding(tmp_path, {"stock.py": STOCK, "services.py": SERVICES, "tasks.py": TASKS})
    assert line_of(finding) == ("reached from task reorder: shop/tasks.py:8 → shop/services.py:5 → shop/stock.py:6")


def test_as_json(tmp_path: Path):
    report = report_of(tmp_path, {"stock.py": STOCK, "services.py": SERVICES, "tasks.py": TASKS, "views.py": VIEWS})
    assert json.loads(json_report.render(report))["findings"][0]["reached"] == {
        "kind": "task",
        "name": "reorder",
        "method": None,
        "route": None,
        "chain": [
            {"path": "shop/tasks.py", "line": 8, "function": "reorder"},
            {"path": "shop/services.py", "line": 5, "function": "order"},
            {"path": "shop/stock.py", "line": 6, "function": "reserve"},
        ],
        "more": 1,
    }


def test_in_text_between_the_message_and_the_story(tmp_path: Path):
    report = report_of(tmp_path, {"stock.py": STOCK, "services.py": SERVICES, "tasks.py": TASKS, "views.py": VIEWS})
    lines = click.unstyle(text_report.render(report)).splitlines()
    assert lines[1] == (
        "    reached from task reorder: shop/tasks.py:8 → shop/services.py:5 → shop/stock.py:6 (and 1 more way)"
    )
    assert lines[2].startswith("    two runs run reserve(sku)")


def test_the_nearest_entry_point_is_told(tmp_path: Path):
    direct = TASKS.replace("from shop.services import order", "from shop.stock import reserve").replace(
        "    order", "    reserve"
    )
    finding = only_finding(tmp_path, {"stock.py": STOCK, "services.py": SERVICES, "views.py": VIEWS, "zz.py": direct})
    assert line_of(finding) == "reached from task reorder: shop/zz.py:8 → shop/stock.py:6 (and 1 more way)"


def test_a_command_only_where_nothing_else_is_seen(tmp_path: Path):
    command = (
        "from django.core.management.base import BaseCommand\n\nfrom shop.stock import reserve\n\n\n"
        "class Command(BaseCommand):\n    def handle(self, *args, **options):\n        reserve(options['sku'])\n"
    )
    finding = only_finding(tmp_path, {"stock.py": STOCK, "reserve_all.py": command})
    assert line_of(finding) == "reached from command Command.handle: shop/reserve_all.py:8 → shop/stock.py:6"
    finding = only_finding(tmp_path, {"services.py": SERVICES, "tasks.py": TASKS})
    assert finding.reached is not None
    assert (finding.reached.kind, finding.reached.more) == ("task", 0)


def test_another_function_of_that_name_is_no_way(tmp_path: Path):
    other = TASKS.replace("from shop.services import order", "def order(sku):\n    return sku")
    finding = only_finding(tmp_path, {"stock.py": STOCK, "services.py": SERVICES, "tasks.py": other})
    assert finding.reached is None


def test_methods_by_what_they_are_called_on(tmp_path: Path):
    shelf = STOCK.replace("def reserve(sku):", "class Shelf:\n  def take(self, sku):")
    tasks = (
        "from celery import shared_task\n\nfrom shop.shelf import Shelf\n\n\n@shared_task\ndef reorder(sku):\n"
        "    shelf = Shelf()\n    shelf.take(sku)\n"
    )
    finding = only_finding(tmp_path, {"shelf.py": shelf, "tasks.py": tasks})
    assert line_of(finding) == "reached from task reorder: shop/tasks.py:9 → shop/shelf.py:7"


def test_a_hazard_that_a_caller_puts_together(tmp_path: Path):
    parts = """import redis

client = redis.Redis()


def left(sku):
    return client.get(f"stock:{sku}")


def take(sku):
    client.decr(f"stock:{sku}")
"""
    tasks = """from celery import shared_task

from shop import parts


@shared_task
def reorder(sku):
    if parts.left(sku):
        parts.take(sku)
"""
    finding = only_finding(tmp_path, {"parts.py": parts, "tasks.py": tasks})
    assert line_of(finding) == "reached from task reorder: shop/tasks.py:8 → shop/parts.py:6"


def test_functions_that_call_each_other(tmp_path: Path):
    loop = SERVICES + "    again(sku)\n\n\ndef again(sku):\n    order(sku)\n"
    finding = only_finding(tmp_path, {"stock.py": STOCK, "services.py": loop, "tasks.py": TASKS})
    assert line_of(finding) == ("reached from task reorder: shop/tasks.py:8 → shop/services.py:5 → shop/stock.py:6")


@pytest.mark.parametrize("jobs", [1, 2])
def test_whoever_examines_the_files(tmp_path: Path, jobs: int):
    files = {"stock.py": STOCK, "services.py": SERVICES, "tasks.py": TASKS, "views.py": VIEWS}
    for number in range(8):
        files[f"other{number}.py"] = STOCK.replace("reserve", f"reserve{number}")
    told = [(one.path, line_of(one)) for one in report_of(tmp_path, files, jobs).findings]
    assert told == sorted(told, key=lambda one: one[0])
    assert [line for _, line in told if line] == [
        "reached from task reorder: shop/tasks.py:8 → shop/services.py:5 → shop/stock.py:6 (and 1 more way)"
    ]


POOL = """from concurrent.futures import ThreadPoolExecutor

from celery import shared_task

from shop.stock import reserve


def work(sku):
    reserve(sku)


class Runner:
    def __init__(self):
        self.pool = ThreadPoolExecutor(max_workers=4)

    def hand_over(self, sku):
        {handed}


@shared_task
def reorder(sku):
    Runner().hand_over(sku)
"""


@pytest.mark.parametrize("handed", ["self.pool.submit(work, sku)", "list(self.pool.map(work, [sku]))"])
def test_what_is_handed_to_a_pool_is_run_by_who_hands_it_over(tmp_path: Path, handed: str):
    finding = only_finding(tmp_path, {"stock.py": STOCK, "tasks.py": POOL.format(handed=handed)})

    assert "task reorder" in str(line_of(finding))


def test_what_is_only_named_beside_a_pool_is_not_reached(tmp_path: Path):
    text = POOL.format(handed="self.pool.submit(print, str(work))")

    assert line_of(only_finding(tmp_path, {"stock.py": STOCK, "tasks.py": text})) is None


def test_files_that_define_a_function_of_the_name_are_not_counted_as_callers(tmp_path: Path):
    others = {f"other{number}.py": "def reserve(sku):\n    return sku\n" for number in range(20)}
    tasks = TASKS.replace("from shop.services import order", "from shop.stock import reserve").replace(
        "order(sku)", "reserve(sku)"
    )

    finding = only_finding(tmp_path, {"stock.py": STOCK, "tasks.py": tasks, **others})

    assert finding.confidence == Confidence.HIGH
