"""Measuring: tiny scripts in place of the tools."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import rounds
from benchmarks.__main__ import main as benchmarks
from benchmarks.measure import Measured, measured
from benchmarks.rounds import Row, Tree, as_json, compare, copied, from_json, spread
from benchmarks.tables import END, START, page_with, tables_of
from benchmarks.tools import Tool, chosen, fenceline, other_tools, version_of

ABOUT = {
    "date": "2026-01-02",
    "machine": "a machine",
    "rounds": 2,
    "limit": 60,
    "load": ["0.1", "1.2"],
    "versions": ["quick 1", "slow 2"],
}


def tool(name: str, code: str, *, is_there: bool = True) -> Tool:
    version = (sys.executable, "-c", f"print('{name} 1.0')") if is_there else ("/nowhere/at-all",)
    return Tool(name, name.title(), (sys.executable, "-c", code), version)


def run(cpu: float, *, exit_code: int | None = 0, peak: int = 2**20) -> Measured:
    return Measured(cpu / 2, cpu, peak, peak, 1, exit_code)


def test_time_of_children_counts_and_memory_of_all_is_added_up(tmp_path):
    child = "x = bytearray(40_000_000)\nimport time\nfor _ in range(2_000_000): pass\ntime.sleep(0.3)"
    code = (
        "import subprocess, sys\n"
        f"children = [subprocess.Popen([sys.executable, '-c', {child!r}]) for _ in range(2)]\n"
        "sys.exit(sum(one.wait() for one in children))"
    )
    one = measured([sys.executable, "-c", code], tmp_path, 60)
    assert one.exit_code == 0
    assert one.processes == 3
    assert one.peak > 80_000_000 > one.largest > 40_000_000
    assert one.cpu > 0
    assert one.wall >= 0.3


def test_what_takes_too_long_is_ended_with_everything_it_has_started(tmp_path):
    child = f"import time, pathlib; time.sleep(2); pathlib.Path({str(tmp_path / 'late')!r}).touch()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    one = measured([sys.executable, "-c", code], tmp_path, 0.5)
    assert one.exit_code is None
    assert one.wall < 2
    assert measured([sys.executable, "-c", "import time; time.sleep(2)"], tmp_path, 60).exit_code == 0
    assert not (tmp_path / "late").exists()


def test_what_is_printed_goes_where_it_is_wanted(tmp_path):
    output = tmp_path / "output"
    one = measured([sys.executable, "-c", "print('said'); raise SystemExit(3)"], tmp_path, 60, output)
    assert (one.exit_code, output.read_text(encoding="utf-8").strip()) == (3, "said")


def test_in_each_round_every_tool_runs_once_and_what_is_wrong_is_said(tmp_path):
    order = tmp_path / "order"
    code = f"open({str(order)!r}, 'a').write('{{}} ')"
    tools = [
        tool("first", code.format("first")),
        tool("second", code.format("second") + "; raise SystemExit(1)"),
        tool("broken", code.format("broken") + "; raise SystemExit(7)"),
        tool("slow", "import time; time.sleep(9)"),
        tool("absent", "", is_there=False),
    ]
    tree = Tree("tree", 1, 10)
    compare(tree, tmp_path, tools, 2, 1.5, lambda _: None)
    assert order.read_text(encoding="utf-8").split() == ["first", "second", "broken", "first", "second"]
    assert [row.said for row in tree.rows] == ["", "", "failed with exit code 7", "ended after 2 s", "not installed"]
    assert [len(row.runs) for row in tree.rows] == [2, 2, 1, 1, 0]
    assert tree.rows[0].version == "1.0"


def test_a_copy_has_what_is_looked_at_and_no_settings(tmp_path):
    files = {
        "shop/views.py": "a = 1\nb = 2\n",
        "shop/tests/test_views.py": "",
        "shop/migrations/0001_a.py": "",
        "setup.cfg": "",
    }
    for name, text in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert copied(tmp_path / "tree", tmp_path / "copy") == (1, 2)
    found = sorted(path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*.*"))
    assert found == ["pyproject.toml", "shop/views.py"]


def test_working_on_a_tree_is_measured_and_leaves_it_as_it_was(tmp_path):
    for number in range(4):
        (tmp_path / f"part{number}.py").write_text("def one():\n    return 1\n", encoding="utf-8")
    tree = Tree("tree", 4, 8)
    rounds.save_by_save(tree, tmp_path, 1, 120, lambda _: None)
    assert {row.name: (row.said, len(row.runs)) for row in tree.rows} == dict.fromkeys(
        ("version", "filling", "warm", "changed", "single", "no-cache", "one-process"), ("", 1)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"part{number}.py" for number in range(4)]
    assert (tmp_path / "part1.py").read_text(encoding="utf-8") == "def one():\n    return 1\n"


def test_a_synthetic_tree_is_measured_and_its_hazards_are_counted(tmp_path, capsys):
    output, page = tmp_path / "results.json", tmp_path / "page.md"
    page.write_text(f"# Performance\n\n{START}\nold\n{END}\n\nThe end.\n", encoding="utf-8")
    given = ["--synthetic", "40", "--rounds", "1", "--tool", "fenceline", "--output", str(output), "--page", str(page)]
    assert benchmarks(["run", *given]) == 0
    trees, about = from_json(output.read_text(encoding="utf-8"))
    assert trees[0].files == 40
    assert trees[0].hazards is not None
    assert trees[0].hazards[0] == trees[0].hazards[1]
    assert about["rounds"] == 1
    written = page.read_text(encoding="utf-8")
    assert "old" not in written
    assert "| 40 |" in written
    assert written.endswith(f"{END}\n\nThe end.\n")
    capsys.readouterr()
    assert benchmarks(["table", str(output)]) == 0
    assert "| 40 |" in capsys.readouterr().out


def test_raw_results_come_back_as_they_were():
    tree = Tree("tree", 3, 40, [Row("quick", "Quick", "quick 1", [run(1.0), run(2.0)])], (3, 3))
    trees, about = from_json(as_json([tree], ABOUT))
    assert (trees, about) == ([tree], ABOUT)


def test_the_table_says_least_median_and_most_and_what_could_not_be_measured():
    rows = [
        Row("fenceline", "Fenceline", "fenceline 1", [run(2.0), run(4.0), run(3.0, peak=50 * 2**20)]),
        Row("quick", "Quick", "quick 1", [run(1.5)]),
        Row("slow", "Slow", "slow 2", [run(60.0, exit_code=None)], "ended after 60 s"),
        Row("absent", "Absent", "", [], "not installed"),
        Row("warm", "nothing changed", "", [run(0.5)]),
    ]
    text = tables_of([Tree("shop", 10, 3_000, rows)], ABOUT)
    assert "| Fenceline | 3.00 (2.00–4.00) | 1.50 (1.00–2.00) | 50 | 1,000 | 1.00 |" in text
    assert "| Quick | 1.50 | 0.75 | 1 | 2,000 | 0.50 |" in text
    assert "| Slow | over 60 (ended after 60 s) | over 30 (ended after 60 s) | 1 |  | over 20.00 |" in text
    assert "| Absent | not installed |" in text
    assert "| nothing changed | 0.25 | 0.50 | 1 |" in text
    assert "2026-01-02" in text
    assert "quick 1, slow 2" in text


def test_the_table_of_growth_compares_each_tree_with_the_one_above():
    trees = [
        Tree("1", 1_000, 9_000, [Row("fenceline", "Fenceline", "1", [run(2.0)])], (7, 7)),
        Tree("2", 5_000, 45_000, [Row("fenceline", "Fenceline", "1", [run(9.0)], "missed FEN201 in a.py")], (40, 39)),
    ]
    text = tables_of(trees, ABOUT)
    assert "| 1,000 | 9,000 | 7 | 7 | 2.00 | 2.00 |  | 1 |" in text
    assert "| 5,000 | 45,000 | 40 | 39 | 9.00 missed FEN201 in a.py | 1.80 | 4.50 | 1 |" in text


def test_a_page_keeps_what_is_around_the_tables():
    assert page_with(f"a\n{START}\nold\n{END}\nb\n", "new") == f"a\n{START}\nnew\n{END}\nb\n"


def test_least_median_and_most():
    assert spread([3.0, 1.0, 2.0, 10.0]) == (1.0, 2.5, 10.0)


def test_tools_are_chosen_by_name(tmp_path):
    tools = [fenceline("."), *other_tools(tmp_path)]
    assert [one.name for one in chosen(tools, ["ruff", "fenceline"])] == ["fenceline", "ruff"]
    assert chosen(tools, []) == tools
    with pytest.raises(ValueError, match="no tool is called ruf"):
        chosen(tools, ["ruf"])
    assert version_of(tools[0]) is not None
    assert version_of(tools[1]) is None


def test_what_is_measured_beside_us_is_pinned_and_asks_no_server():
    for name in ("requirements.txt", "requirements-fixit.txt"):
        lines = (Path(rounds.__file__).parent / name).read_text(encoding="utf-8").splitlines()
        assert all("==" in line for line in lines if not line.startswith("#"))
    semgrep = next(one for one in other_tools() if one.name == "semgrep")
    assert "off" in semgrep.command[semgrep.command.index("--metrics") + 1]
