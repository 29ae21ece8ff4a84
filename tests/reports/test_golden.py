"""Each format of one real run, as it was when somebody last looked at it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import fenceline
from fenceline.report.formats import FORMATS
from tests.cli.conftest import BROKEN, Run, project, run

__all__ = ["project", "run"]

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"text": "txt", "github": "txt", "junit": "xml", "markdown": "md", "sarif": "sarif", "sarif-github": "sarif"}
FILES = {
    "shop/stock.py": """\
import redis

client = redis.Redis()


def reserve(sku: str) -> bool:
    left = client.get(f"stock:{sku}")
    if left and int(left) > 0:
        client.decr(f"stock:{sku}")
        return True
    return False


def count_visit(page: str) -> None:
    seen = client.get(f"visits:{page}")  # fenceline: ignore[FEN202] an estimate is enough
    client.set(f"visits:{page}", int(seen or 0) + 1)
""",
    "shop/naïve <b>.py": """\
import redis

client = redis.Redis()


def once(day: str) -> None:
    if client.get(f"`|` <b>{day}") is None:
        client.set(f"`|` <b>{day}", "100%")
        client.incr("days")
""",
    "shop/broken.py": BROKEN,
}


def settled(text: str, root: Path) -> str:
    """Without what is another one in the next run."""
    text = text.replace(root.as_uri(), "file:///project").replace(fenceline.__version__, "0.0.0")
    text = re.sub(r"\(\d+\.\d s\)", "(0.0 s)", text)
    return re.sub(r'time="[\d.]+"', 'time="0.000"', text)


def without_rules(text: str) -> str:
    """What rules say of themselves has tests of its own, and would drown the rest."""
    log = json.loads(text)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    log["runs"][0]["tool"]["driver"]["rules"] = [
        rules[result["ruleIndex"]]["id"] for result in log["runs"][0]["results"]
    ]
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "html"])
def test_the_report_of_a_small_project(
    project, run: Run, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    root = project(FILES)
    outcome = run("check", "--show-fixes", "--select", "FEN", "--format", name, "--output", "report")
    assert (outcome.code, outcome.out) == (1, "")
    text = settled((root / "report").read_text("utf-8"), root)
    if name.startswith("sarif"):
        text = without_rules(text)
    golden = GOLDEN / f"{name}.{ENDINGS.get(name, 'json')}"
    if request.config.getoption("--update-goldens"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_json_is_utf_8_and_ends_with_a_line_feed(project, run: Run, name: str):
    root = project(FILES)
    run("check", "--format", name, "--output", "report")
    data = (root / "report").read_bytes()
    assert data.endswith(b"\n")
    assert b"\r" not in data
    assert "naïve".encode() in data or name == "sarif"
    json.loads(data.decode("utf-8", "strict"))
