"""Several rounds of several commands over one tree: in each round every command once, all in the same noise."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, measured
from benchmarks.synthetic import Hazards, difference, read_hazards
from benchmarks.tools import Tool, fenceline, version_of
from fenceline.discovery import discover

Say = Callable[[str], None]


@dataclass(slots=True)
class Row:
    """What one tool took on one tree. ``said`` is why there is nothing, or what was wrong; '' where all is well."""

    name: str
    title: str
    version: str
    runs: list[Measured] = field(default_factory=list)
    said: str = ""


@dataclass(slots=True)
class Tree:
    """A tree by its name, its size, and what was measured on it. ``hazards``: expected and found, of synthetic ones."""

    name: str
    files: int
    lines: int
    rows: list[Row] = field(default_factory=list)
    hazards: tuple[int, int] | None = None


def spread(values: Iterable[float]) -> tuple[float, float, float]:
    """The least, the median, the most."""
    ordered = sorted(values)
    return ordered[0], statistics.median(ordered), ordered[-1]


def compare(tree: Tree, folder: Path, tools: Sequence[Tool], rounds: int, limit: float, say: Say) -> None:
    """Run each tool over a folder in each round; one that reaches the limit of time is run once only."""
    rows = {tool.name: Row(tool.name, tool.title, version_of(tool) or "") for tool in tools}
    tree.rows += rows.values()
    for number in range(rounds):
        for tool in tools:
            row = rows[tool.name]
            if not row.version:
                row.said = "not installed"
            if row.said:
                continue
            one = measured(tool.command, folder, limit)
            row.runs.append(one)
            row.said = said_of(one, tool, limit)
            say(f"  round {number + 1}: {tool.title}: {one.cpu:.2f} s CPU, {one.wall:.2f} s {row.said}")


def said_of(one: Measured, tool: Tool, limit: float) -> str:
    """What was wrong with a run, '' for nothing."""
    if one.exit_code is None:
        return f"ended after {limit:.0f} s"
    return "" if one.exit_code in tool.fine else f"failed with exit code {one.exit_code}"


def save_by_save(tree: Tree, folder: Path, rounds: int, limit: float, say: Say) -> None:
    """Fenceline as somebody has it who works on the tree: with a cache, where nothing, or one file, has changed."""
    files = discover(folder, [folder]).files
    situations = {
        "version": (Tool("version", "fenceline --version", fenceline().version, fenceline().version), _nothing),
        "filling": (fenceline(".", title="nothing kept yet"), lambda: _forget(folder)),
        "warm": (fenceline(".", title="nothing changed"), _nothing),
        "changed": (fenceline(".", title="one file changed"), _change_of(folder, files)),
        "single": (
            fenceline("--force-exclude", files[len(files) // 2], title="one file named, nothing changed"),
            _nothing,
        ),
        "no-cache": (fenceline("--no-cache", ".", title="without a cache"), _nothing),
        "one-process": (fenceline("--no-cache", "--jobs", "1", ".", title="without a cache, one process"), _nothing),
    }
    rows = {name: Row(name, tool.title, "") for name, (tool, _) in situations.items()}
    tree.rows += rows.values()
    with _unchanged(folder, files):
        for number in range(rounds):
            for name, (tool, before) in situations.items():
                before()
                if name == "single":  # after the change, the rest of the tree is examined by no one
                    measured(fenceline(".").command, folder, limit)
                one = measured(tool.command, folder, limit)
                rows[name].runs.append(one)
                rows[name].said = said_of(one, tool, limit)
                say(f"  round {number + 1}: {tool.title}: {one.cpu:.2f} s CPU, {one.wall:.2f} s {rows[name].said}")
    _forget(folder)


def _nothing() -> None:
    pass


def _forget(folder: Path) -> None:
    shutil.rmtree(folder / ".fenceline_cache", ignore_errors=True)


def _change_of(folder: Path, files: Sequence[str]) -> Callable[[], None]:
    """Each time it is called, another file gets a line more: of those in the middle, as many are imported as not."""
    numbers = iter(range(len(files) // 3, len(files)))

    def change() -> None:
        path = folder / files[next(numbers)]
        path.write_bytes(path.read_bytes() + b"\n_changed = True\n")

    return change


@contextmanager
def _unchanged(folder: Path, files: Sequence[str]) -> Iterator[None]:
    """After the block all files are as they were."""
    before = {path: (folder / path).read_bytes() for path in files}
    try:
        yield
    finally:
        for path, data in before.items():
            if (folder / path).read_bytes() != data:
                (folder / path).write_bytes(data)


def growth(name: str, folder: Path, rounds: int, limit: float, say: Say) -> Tree:
    """Fenceline over a synthetic tree as a whole; what it finds is compared with what was put there."""
    expected = read_hazards(folder)
    assert expected is not None, f"{folder} was not made by benchmarks"
    tool = fenceline("--no-cache", "--format", "json", ".")
    row = Row(tool.name, tool.title, version_of(tool) or "")
    tree = Tree(name, expected.files, 0, [row])
    output = folder.with_name(f"{folder.name}.json")
    for number in range(rounds):
        one = measured(tool.command, folder, limit, output)
        row.runs.append(one)
        row.said = said_of(one, tool, limit)
        say(f"  round {number + 1}: {one.cpu:.2f} s CPU, {one.wall:.2f} s {row.said}")
        if row.said:
            return tree
    found = json.loads(output.read_text(encoding="utf-8"))
    tree.lines = found["summary"]["lines"]
    tree.hazards = len(expected.places), len(found["findings"])
    row.said = wrong_in(expected, found)
    return tree


def wrong_in(expected: Hazards, found: dict[str, Any]) -> str:
    """In one line what the report misses, or has too much; '' for nothing."""
    wrong = difference(expected, [(one["path"], one["rule"]) for one in found["findings"]])
    return "; ".join(wrong[:3]) + ("" if len(wrong) <= 3 else f" and {len(wrong) - 3} more")


def copied(tree: Path, folder: Path) -> tuple[int, int]:
    """Copy the files that Fenceline looks at, without tests and migrations, so that all tools see the same ones.

    How many files and lines that is.
    """
    lines, files = 0, discover(tree.resolve(), [tree.resolve()]).files
    for path in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = (tree / path).read_bytes()
        target.write_bytes(data)
        lines += data.count(b"\n")
    (folder / "pyproject.toml").write_text("", encoding="utf-8")  # nothing above it is asked for settings
    return len(files), lines


def as_json(trees: Sequence[Tree], about: dict[str, object]) -> str:
    """The raw results; ``about`` says when, on what and how they were measured."""
    return json.dumps({"about": about, "trees": [asdict(tree) for tree in trees]}, indent=1)


def from_json(text: str) -> tuple[list[Tree], dict[str, Any]]:
    """What :func:`as_json` has written."""
    data = json.loads(text)
    trees = []
    for tree in data["trees"]:
        rows = [Row(**{**row, "runs": [Measured(**one) for one in row["runs"]]}) for row in tree["rows"]]
        hazards = tuple(tree["hazards"]) if tree["hazards"] else None
        trees.append(Tree(**{**tree, "rows": rows, "hazards": hazards}))
    return trees, data["about"]
