"""``check`` and ``fix`` with a baseline: only what is new is shown, and what is stale is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, program, project, run

__all__ = ["program", "project", "run"]

NAME = "fenceline-baseline.json"
HEAD = "import redis\n\nclient = redis.Redis()\n"
VISIT = """

def visit(page):
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 1)
"""
SELL = """

def sell(sku):
    if int(client.get(f"stock:{sku}") or 0) < 1:
        raise LookupError(sku)
    client.decr(f"stock:{sku}")
"""
AGAIN = """
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 100)
"""
FILES = {"shop/page.py": HEAD + VISIT, "shop/stock.py": HEAD + SELL}


@pytest.fixture
def shop(project, run: Run) -> Path:
    """A project whose findings are in its baseline, by its configuration."""
    root: Path = project({**FILES, "pyproject.toml": f'[tool.fenceline]\nbaseline = "{NAME}"\n'})
    done = run("check", "--write-baseline")
    assert done.code == 0
    assert f"2 findings in {NAME} (2 new)" in done.err
    return root


def shown(run: Run, *arguments: object) -> list[tuple[str, str, str]]:
    """Rule, file and function of what is shown."""
    report = run("check", "--format", "json", *arguments).report()
    return [(one["rule"], one["path"], one["function"]) for one in report["findings"]]


def entries(root: Path) -> list[dict[str, object]]:
    return list(json.loads((root / NAME).read_text())["findings"])


def about(root: Path) -> list[tuple[object, object, object]]:
    return [(one["path"], one["function"], one["count"]) for one in entries(root)]


# ------------------------------------------------------------------------------------------------ written, then silent


def test_nothing_is_said_of_what_is_written(shop, run: Run):
    done = run("check")
    assert done.code == 0
    assert done.out.startswith("Found no hazards (2 in the baseline) in 2 files (")
    assert done.err == ""


def test_writing_reports_as_if_it_had_been_there(project, run: Run):
    project(FILES)
    assert run("check").code == 1
    report = run("check", "--write-baseline", "--format", "json").report()
    assert report["findings"] == []
    assert report["summary"]["baselined"] == 2


def test_known_findings_are_told_to_machines(shop, run: Run):
    (shop / NAME).write_text((shop / NAME).read_text().replace('"message"', '"reason": "until June", "message"', 1))
    report = run("check", "--format", "json").report()
    assert report["summary"]["findings"] == 0
    assert report["summary"]["baselined"] == 2
    assert [(one["suppressed_by"], one["reason"]) for one in report["suppressed"]] == [
        ("baseline", "until June"),
        ("baseline", ""),
    ]


def test_writing_twice_is_writing_once(shop, run: Run):
    before = (shop / NAME).read_bytes()
    assert run("check", "--write-baseline", "--jobs", "2").code == 0
    assert (shop / NAME).read_bytes() == before


def test_it_can_be_kept_elsewhere_and_switched_off(project, run: Run):
    root = project(FILES)
    assert run("check", "--write-baseline=known.json").code == 0
    assert not (root / NAME).exists()
    assert shown(run) != []
    assert shown(run, "--baseline", "known.json") == []
    (root / "pyproject.toml").write_text('[tool.fenceline]\nbaseline = "known.json"\n')
    assert shown(run, "shop/page.py") == []
    assert len(shown(run, "--no-baseline")) == 2


def test_the_configured_file_stands_beside_the_configuration(shop, run: Run, monkeypatch):
    monkeypatch.chdir(shop / "shop")
    assert shown(run) == []
    assert run("check", "--write-baseline").code == 0
    assert not (shop / "shop" / NAME).exists()
    assert about(shop) == [("shop/page.py", "visit", 1), ("shop/stock.py", "sell", 1)]


# ------------------------------------------------------------------------------------------------------- what is new


def test_a_new_hazard_is_shown_alone(shop, run: Run):
    (shop / "shop/page.py").write_text(HEAD + SELL + VISIT)
    assert shown(run) == [("FEN201", "shop/page.py", "sell")]
    assert run("check").code == 1


def test_a_second_hit_in_a_function_is_new_wherever_it_stands(shop, run: Run):
    new = VISIT.replace("def visit(page):", f"def visit(page):{AGAIN.rstrip()}")
    (shop / "shop/page.py").write_text(HEAD + new)
    (finding,) = run("check", "--format", "json").report()["findings"]
    assert new.splitlines()[finding["line"] - HEAD.count("\n")] == AGAIN.splitlines()[2]
    assert run("check", "--write-baseline").code == 0
    assert about(shop)[0] == ("shop/page.py", "visit", 2)
    assert shown(run) == []


def test_the_same_function_in_another_file_is_new(shop, run: Run):
    (shop / "shop/other.py").write_text(HEAD + VISIT)
    assert shown(run) == [("FEN202", "shop/other.py", "visit")]


def test_a_finding_moves_with_its_function_or_its_file(shop, run: Run):
    (shop / "shop/page.py").rename(shop / "shop/web.py")
    (shop / "shop/stock.py").write_text(HEAD)
    (shop / "shop/web.py").write_text(HEAD + SELL + VISIT.replace("visit(", "count_visit("))
    assert shown(run) == [("FEN202", "shop/web.py", "count_visit")]
    (shop / "shop/web.py").write_text(HEAD + SELL + VISIT)
    done = run("check")
    assert (done.code, done.err) == (0, "")
    assert shown(run, "shop/web.py") == []
    run("check", "--write-baseline")
    assert about(shop) == [("shop/web.py", "sell", 1), ("shop/web.py", "visit", 1)]


def test_a_renamed_function_is_known_by_its_code(shop, run: Run):
    (shop / "shop/page.py").write_text(HEAD + VISIT.replace("visit(", "count_visit("))
    assert shown(run) == []
    (shop / "shop/page.py").write_text(HEAD + VISIT.replace("visit(", "count_visit(") + VISIT)
    assert shown(run) == [("FEN202", "shop/page.py", "count_visit")]


# ------------------------------------------------------------------------------------------------------ what is stale


def test_what_is_fixed_is_said_to_be_stale_and_can_be_pruned(shop, run: Run):
    (shop / "shop/stock.py").unlink()
    (shop / "shop/page.py").write_text(HEAD)
    done = run("check")
    assert done.code == 0
    assert done.err.splitlines() == [
        f"fenceline: 2 findings in {NAME} are not found any more; --prune-baseline takes them out",
        "    shop/page.py: FEN202 in visit",
        "    shop/stock.py: FEN201 in sell",
    ]
    assert run("check", "-q").err == ""
    done = run("check", "--prune-baseline")
    assert (done.code, done.err) == (0, f"fenceline: 2 findings taken out of {NAME}\n")
    assert about(shop) == []
    assert run("check").err == ""


def test_pruning_counts_and_does_not_add(shop, run: Run):
    (shop / "shop/page.py").write_text(HEAD + VISIT + AGAIN + SELL)
    run("check", "--write-baseline")
    (shop / "shop/page.py").write_text(HEAD + VISIT + SELL.replace("stock:", "units:").replace("sell", "sell_units"))
    assert run("check", "--prune-baseline").code == 1
    assert about(shop) == [("shop/page.py", "visit", 1), ("shop/stock.py", "sell", 1)]


def test_of_what_is_not_looked_at_nothing_is_said(shop, run: Run):
    (shop / "shop/page.py").write_text(HEAD)
    (shop / "shop/stock.py").write_text(HEAD)
    assert "1 finding in" in run("check", "shop/page.py").err
    assert "FEN201 in sell" in run("check", "--select", "FEN201").err
    assert "FEN202" not in run("check", "--select", "FEN201").err
    (shop / "shop/stock.py").unlink()
    assert "FEN201" not in run("check", "shop/page.py").err
    (shop / "shop/page.py").write_text("def visit(page:\n")
    assert "FEN202" not in run("check").err


def test_writing_for_a_part_keeps_the_rest(shop, run: Run):
    before = entries(shop)
    (shop / "shop/page.py").write_text(HEAD + VISIT.replace("visits", "views"))
    assert run("check", "--write-baseline", "shop/stock.py").code == 2
    done = run("check", "shop/stock.py", "--write-baseline")
    assert done.err == f"fenceline: 2 findings in {NAME} (1 not looked at)\n"
    assert entries(shop) == before
    run("check", "--select", "FEN201", "--write-baseline")
    assert entries(shop) == before
    done = run("check", "--write-baseline")
    assert done.err == f"fenceline: 2 findings in {NAME} (1 new, 1 not found any more)\n"
    assert entries(shop)[1:] == before[1:]
    assert entries(shop)[0]["fingerprint"] != before[0]["fingerprint"]


def test_less_confidence_makes_nothing_stale(shop, run: Run):
    before = (shop / NAME).read_bytes()
    done = run("check", "--min-confidence", "high")
    assert (done.code, done.err) == (0, "")
    run("check", "--min-confidence", "high", "--write-baseline")
    assert (shop / NAME).read_bytes() == before


def test_a_caller_that_was_not_named_still_leads_to_its_finding(project, run: Run):
    callers = {
        "shop/store.py": HEAD + "\n\ndef read(key):\n    return client.get(key)\n",
        "shop/views.py": "from shop.store import client, read\n\n\ndef sell(sku):\n"
        '    if int(read(f"stock:{sku}")) < 1:\n        raise LookupError(sku)\n    client.decr(f"stock:{sku}")\n',
        "shop/__init__.py": "",
    }
    project(callers)
    run("check", "--write-baseline")
    assert about(Path())
    for path in callers:
        done = run("check", path, "--baseline", NAME)
        assert (done.code, done.err) == (0, "")


# ------------------------------------------------------------------------------------- reasons, comments, fixes, errors


def test_reasons_stay(shop, run: Run):
    text = (shop / NAME).read_text()
    (shop / NAME).write_text(text.replace('"message"', '"reason": "the shop closes in June", "message"', 1))
    (shop / "shop/page.py").write_text("# moved\n" + HEAD + VISIT)
    run("check", "--write-baseline")
    assert [one.get("reason") for one in entries(shop)] == ["the shop closes in June", None]
    (shop / "shop/stock.py").write_text(HEAD)
    run("check", "--prune-baseline")
    assert [one.get("reason") for one in entries(shop)] == ["the shop closes in June"]


COMMENT = "  # fenceline: ignore[FEN202] one worker only\n"


def test_a_comment_goes_first_and_makes_nothing_stale(shop, run: Run):
    commented = VISIT.replace("or 0)\n", f"or 0){COMMENT}")
    (shop / "shop/page.py").write_text(HEAD + commented)
    done = run("check", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert {(one["suppressed_by"], one["reason"]) for one in done.report()["suppressed"]} == {
        ("comment", "one worker only"),
        ("baseline", ""),
    }
    run("check", "--prune-baseline")
    assert len(entries(shop)) == 2
    (shop / "shop/page.py").write_text(HEAD + commented + AGAIN)
    assert shown(run) == [("FEN202", "shop/page.py", "visit")]
    run("check", "--write-baseline")
    assert about(shop)[0] == ("shop/page.py", "visit", 1)
    assert shown(run) == []


def test_findings_about_comments_and_broken_files_are_kept_too(project, run: Run):
    root = project(
        {
            "shop/odd.py": "x = 1  # fenceline: ignore[FEN201]\n",
            "shop/broken.py": "def visit(page:\n    return page\n",
        }
    )
    every = ("--extend-select", "FEN002")
    assert {rule for rule, _, _ in shown(run, *every)} == {"FEN001", "FEN002", "FEN003"}
    run("check", *every, "--write-baseline")
    for path in ("shop/odd.py", "shop/broken.py"):
        (root / path).write_text("# moved\n" + (root / path).read_text())
    done = run("check", *every, "--baseline", NAME)
    assert (done.code, done.err) == (0, "")


def test_known_findings_are_not_fixed(shop, run: Run):
    before = (shop / "shop/page.py").read_text()
    assert run("fix").code == 0
    assert run("check", "--fix").code == 0
    assert (shop / "shop/page.py").read_text() == before
    assert run("fix", "--no-baseline").code == 0
    assert (shop / "shop/page.py").read_text() != before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--baseline", "none.json"), "none.json: there is no such baseline; --write-baseline makes one"),
        (("--baseline", "pyproject.toml"), "pyproject.toml: not a baseline: not valid JSON"),
        (("--write-baseline=pyproject.toml",), "pyproject.toml: not a baseline"),
        (("--write-baseline", "shop"), "shop: a directory, no baseline"),
        (("--write-baseline", "shop/page.py"), "shop/page.py: a Python file, no baseline"),
        (("--no-baseline", "--prune-baseline"), "--prune-baseline does not go with --no-baseline"),
        (("--write-baseline", "--prune-baseline"), "--write-baseline does not go with --prune-baseline"),
        (("--fix", "--write-baseline"), "--fix does not change the baseline"),
        (("--prune-baseline",), "there is no baseline"),
    ],
)
def test_what_cannot_be_done_is_said(project, run: Run, arguments, reason):
    root = project(FILES)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    done = run("check", *arguments)
    assert done.code == 2
    assert reason in done.err
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_configured_baseline_that_is_missing_is_an_error_until_it_is_written(project, run: Run):
    project({**FILES, "pyproject.toml": f'[tool.fenceline]\nbaseline = "{NAME}"\n'})
    done = run("check")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert run("check", "--write-baseline").code == 0
    assert run("check").code == 0


def test_the_setting_must_be_a_path(project, run: Run):
    project({"pyproject.toml": "[tool.fenceline]\nbaseline = 3\n"})
    assert "[tool.fenceline] baseline must be a path, not 3" in run("check").err


def test_the_program_itself(shop, program: Run):
    assert program("check").code == 0
    done = program("check", "--no-baseline", "-q")
    assert (done.code, done.out.count("\n")) == (1, 2)
