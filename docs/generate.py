"""Writes what the documentation takes from the program: ``python docs/generate.py``.

Tables and the terminal excerpt in the README and in pages, and whole pages under ``docs/rules`` and ``docs/libraries``.
What stands there has been printed by the program; a test compares it with what the program prints now.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from fenceline.analyzer.models import model_files
from fenceline.config import FIX_SETTINGS, SETTINGS, Config, Setting
from fenceline.demonstration import findings_in
from fenceline.engine import check
from fenceline.inventory import Inventory
from fenceline.report.accuracy import readings
from fenceline.report.libraries import described, file_of, library_page, library_table
from fenceline.report.pages import WIDTH, fixes_of, page
from fenceline.report.text import story
from fenceline.rules import all_rules

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SHOP = ROOT / "examples" / "shop"
TOLD = ("FEN201", "FEN301", "FEN401")
SHOWN = (("shop/loyalty.py", "FEN203"), ("shop/orders.py", "FEN304"), ("shop/stock.py", "FEN201"))


def documents() -> dict[Path, str]:
    """Every document with generated text, as it should be."""
    known = described(Inventory(model_files()).libraries.values())
    pages = {DOCS / "rules" / f"{rule.name}.md": page(rule) for rule in all_rules()}
    pages |= {DOCS / "libraries" / file_of(one): library_page(one) for one in known}
    parts = (
        (ROOT / "README.md", {"rules": rule_table(), "excerpt": excerpt()}),
        (DOCS / "accuracy.md", {"readings": reading_table()}),
        (DOCS / "configuration.md", {"settings": settings_in(SETTINGS), "fix settings": settings_in(FIX_SETTINGS)}),
        (DOCS / "executions.md", {"executions": execution_table()}),
        (DOCS / "fixes.md", {"fixers": fixer_table()}),
        (DOCS / "how-it-works.md", {f"trace {code}": trace_of(code) for code in TOLD}),
        (DOCS / "libraries.md", {"libraries": library_table(known, "libraries")}),
    )
    return pages | {path: _filled_in(path, contents) for path, contents in parts}


def _filled_in(path: Path, contents: dict[str, str]) -> str:
    """The text of a file with each content put between the markers of its name."""
    text = path.read_text(encoding="utf-8")
    for name, content in contents.items():
        text = _between(name, content, text)
    return text


def _between(name: str, content: str, text: str) -> str:
    """The text with the content put between its two markers."""
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    pattern = re.compile(f"(?<={re.escape(start)}\n).*?(?={re.escape(end)})", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"the markers {start} and {end} must stand there once")
    return pattern.sub(lambda _: content, text)


def rule_table() -> str:
    """A row a rule, for the README."""
    rows = (
        f"| {one.code} | [{one.name}](docs/rules/{one.name}.md) | {one.summary} | {'yes' if one.is_fixable else ''} |\n"
        for one in all_rules()
    )
    return "| code | rule | | fix |\n|---|---|---|---|\n" + "".join(rows)


def fixer_table() -> str:
    """A row a rule that has fixers, for the page about fixes."""
    rows = (
        f"| {one.code} | [{one.name}](rules/{one.name}.md) | {fixes_of(one)} |\n"
        for one in all_rules()
        if one.is_fixable
    )
    return "| | rule | fixers, the first that holds is offered |\n|---|---|---|\n" + "".join(rows)


def reading_table() -> str:
    """A row a rule of which findings were read, a column a reading."""
    names = list(dict.fromkeys(one.name for known in readings().values() for one in known))
    rows = []
    for code, known in sorted(readings().items()):
        cells = {one.name: f"{one.true}/{one.judged}" for one in known}
        rows.append(f"| {code} | {' | '.join(cells.get(name, '–') for name in names)} |\n")
    return f"| | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n" + "".join(rows)


def settings_in(settings: tuple[Setting, ...]) -> str:
    """A row a key, for the page about the configuration."""
    rows = (f"| `{one.key}` | {one.kind} | {one.default} | {one.meaning} |\n" for one in settings)
    return "| key | value | default | |\n|---|---|---|---|\n" + "".join(rows)


def execution_table() -> str:
    """A row for each program that was run before and after its fix, as the tests have measured it."""
    files = sorted((ROOT / "tests" / "fixes").rglob("*.run.json"), key=lambda path: path.name)
    measured = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    codes = {rule.name: rule.code for rule in all_rules()}
    measured.sort(key=lambda one: (one["fixer"] == "", codes[one["rule"]], one["fixer"], one["name"]))
    head = "| | program | fixer | store | fault | before | after | alone |\n|---|---|---|---|---|---|---|---|\n"
    return head + "".join(_execution(one, codes[one["rule"]]) for one in measured)


def _execution(one: dict[str, Any], code: str) -> str:
    fixer = f"`{one['fixer']}`" if one["fixer"] else "by hand"
    cells = (code, one["name"], fixer, one["store"], one["fault"], *map(_half, (one["before"], one["after"])))
    return f"| {' | '.join(cells)} | {'equal' if one['alone'] else 'differs'} |\n"


def _half(half: dict[str, Any]) -> str:
    """``4 of 6 bad: stock -1``; a number of schedules that are not all has a plus."""
    count = f"{half['bad']} of {half['schedules']}{'' if half['is_exhaustive'] else '+'} bad"
    shown = "; ".join(half["shown"]).replace("|", "\\|").replace("<", "&lt;")
    return f"{count}: {shown}" if shown else count


def excerpt() -> str:
    """What the program prints of the example project, one finding of each of a few files."""
    findings = check([SHOP], Config(jobs=1), SHOP).findings
    shown = [next(one for one in findings if (one.path, one.rule) == wanted) for wanted in SHOWN]
    stories = ["\n".join(click.unstyle(line) for line in story(one, WIDTH)) for one in shown]
    return "```\n$ fenceline check examples/shop\n…\n" + "\n…\n".join(stories) + "\n…\n```\n"


def trace_of(code: str) -> str:
    """What the program prints of the first example of a rule, without the code."""
    rule = next(one for one in all_rules() if one.code == code)
    found = next(one for one in findings_in(rule.examples[0].bad or "") if one.rule == code)
    lines = [click.unstyle(line) for line in story(found, WIDTH)]
    return "```\n" + "\n".join(lines) + "\n```\n"


def main() -> int:
    """Writes what differs, and names it; with ``--check`` only names it, and fails."""
    stale = [
        (path, text)
        for path, text in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        click.echo(path.relative_to(ROOT))
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
