"""``python -m benchmarks``: set up the other tools, measure, write the tables, make a synthetic tree."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.rounds import Tree, as_json, compare, copied, from_json, growth, save_by_save
from benchmarks.synthetic import write_tree
from benchmarks.tables import tables_of, write_page
from benchmarks.tools import ENVIRONMENT, Tool, chosen, fenceline, other_tools, set_up, version_of


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    given = _parser().parse_args(arguments)
    action: str = given.action
    return {"set-up": _set_up, "run": _run, "table": _table, "generate": _generate}[action](given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    one = actions.add_parser("set-up", help="install the other tools into an environment of their own")
    one.add_argument("--environment", type=Path, default=ENVIRONMENT)
    one = actions.add_parser("run", help="measure Fenceline beside the other tools, and its growth on synthetic trees")
    one.add_argument("trees", nargs="*", type=Path, help="directories with Python projects")
    one.add_argument("--synthetic", type=int, action="append", default=[], metavar="FILES", help="and such a tree")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--rounds", type=int, default=3)
    one.add_argument("--limit", type=float, default=600, help="seconds after which a tool is ended")
    one.add_argument("--tool", action="append", default=[], help="only this one, and others that are named")
    one.add_argument("--environment", type=Path, default=ENVIRONMENT)
    one.add_argument("--output", type=Path, default=Path("benchmarks.json"), help="where the raw results go")
    one.add_argument("--page", type=Path, help="a page with marks, between which the tables go")
    one = actions.add_parser("table", help="the tables of raw results")
    one.add_argument("results", type=Path)
    one.add_argument("--page", type=Path)
    one = actions.add_parser("generate", help="make a synthetic tree")
    one.add_argument("folder", type=Path)
    one.add_argument("--files", type=int, default=1_000)
    one.add_argument("--seed", type=int, default=1)
    return parser


def _set_up(given: argparse.Namespace) -> int:
    failed = set_up(given.environment)
    print("\n".join(failed) or f"the other tools are in {given.environment}")
    return 1 if failed else 0


def _generate(given: argparse.Namespace) -> int:
    made = write_tree(given.folder, given.files, given.seed)
    print(f"{made.files} files with {len(made.places)} hazards in {given.folder}")
    return 0


def _table(given: argparse.Namespace) -> int:
    trees, about = from_json(given.results.read_text(encoding="utf-8"))
    if given.page:
        write_page(given.page, trees, about)
    else:
        print(tables_of(trees, about))
    return 0


def _run(given: argparse.Namespace) -> int:
    tools = chosen([fenceline("--no-cache", "."), *other_tools(given.environment)], given.tool)
    load = [f"{os.getloadavg()[0]:.1f}"]
    trees = [_compared(path, tools, given) for path in given.trees]
    with tempfile.TemporaryDirectory(prefix="fenceline-benchmarks-") as folder:
        for files in given.synthetic:
            _say(f"synthetic tree of {files} files")
            tree = Path(folder, str(files))
            write_tree(tree, files, given.seed)
            trees.append(growth(f"{files} files", tree, given.rounds, given.limit, _say))
    load.append(f"{os.getloadavg()[0]:.1f}")
    about = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": _machine(),
        "rounds": given.rounds,
        "limit": given.limit,
        "seed": given.seed,
        "load": load,
        "versions": [f"{one.name} {version_of(one) or 'not installed'}" for one in tools if one.name != "ruff-all"],
    }
    given.output.write_text(as_json(trees, about), encoding="utf-8")
    if given.page:
        write_page(given.page, trees, about)
    print(tables_of(trees, about))
    return int(any(tree.hazards is not None and tree.rows[0].said for tree in trees))


def _compared(path: Path, tools: Sequence[Tool], given: argparse.Namespace) -> Tree:
    """A copy of the tree is measured: nothing is written into what is named, and its settings have no say."""
    name = path.resolve().name
    with tempfile.TemporaryDirectory(prefix="fenceline-benchmarks-") as folder:
        copy = Path(folder).resolve() / name
        files, lines = copied(path, copy)
        _say(f"{name}: {files} files, {lines} lines")
        tree = Tree(name, files, lines)
        compare(tree, copy, tools, given.rounds, given.limit, _say)
        if not given.tool or "fenceline" in given.tool:
            save_by_save(tree, copy, given.rounds, given.limit, _say)
    return tree


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, {python}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
