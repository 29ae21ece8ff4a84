"""Synthetic trees: as many files as asked for, always the same for a seed, with hazards that are known.

A tree is a Django project of applications. Each has models, views, tasks, services, counters in Redis, migrations and
tests, and for the most part plain utility files without any effect; its files import each other and those of the
application before it. At each place of an application where there can be a hazard (:mod:`benchmarks.sites`) there is
one, or its safe twin.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.applications import COMMON, FILES
from benchmarks.plain import utility_file
from benchmarks.sites import HEADS, SITES

RECORD = "hazards.json"
"""The file beside the project in which is written what is in it."""

SHARE_OF_HAZARDS = 0.25
UTILITY_FILES = (14, 30)
"""How many plain files an application has, from … to …."""

_THINGS = (
    "billing booking claims courses delivery events fleet forum galleries grants hotels inventory kitchen leasing "
    "library loans lottery market meters museum parking payroll permits pharmacy planning polls rentals returns "
    "schools shipping stables studios surveys tickets tolls tours trading training transit warehouse wholesale"
).split()


@dataclass(frozen=True, slots=True)
class Hazards:
    """How many Python files a tree has, and where its hazards are: pairs of a path and the code of a rule, sorted."""

    files: int
    places: tuple[tuple[str, str], ...]


def write_tree(folder: Path, files: int, seed: int = 1) -> Hazards:
    """Write a tree of this many Python files into a folder that is not there yet, and tell its hazards."""
    folder.mkdir(parents=True)
    places: list[tuple[str, str]] = []
    for path, text, rules in _tree(files, Random(seed)):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        places += [(path, rule) for rule in rules]
    found = Hazards(files, tuple(sorted(places)))
    (folder / RECORD).write_text(json.dumps({"seed": seed, "files": files, "hazards": found.places}), encoding="utf-8")
    return found


def read_hazards(folder: Path) -> Hazards | None:
    """What :func:`write_tree` has noted of a tree; None for a tree that it has not made."""
    try:
        noted = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except OSError:
        return None
    return Hazards(noted["files"], tuple((path, rule) for path, rule in noted["hazards"]))


def difference(expected: Hazards, found: Iterable[tuple[str, str]]) -> list[str]:
    """What was not found, and what was found that is none, a line each."""
    wanted, had = Counter(expected.places), Counter(found)
    missed = [f"missed {rule} in {path}" for path, rule in sorted((wanted - had).elements())]
    return missed + [f"unexpected {rule} in {path}" for path, rule in sorted((had - wanted).elements())]


def _tree(files: int, random: Random) -> Iterator[tuple[str, str, list[str]]]:
    """Path, text and hazards of all files; the last application is cut off where there are enough."""
    names: list[str] = []
    left = files - sum(path.endswith(".py") for path in COMMON)
    while left > 0:
        names.append(f"{_THINGS[len(names) % len(_THINGS)]}{len(names) // len(_THINGS) or ''}")
        whole = list(_application(names[-1], names[-2] if len(names) > 1 else None, random))
        yield from whole[:left]
        left -= len(whole)
    lists = {
        "$installed": "".join(f'    "apps.{name}",\n' for name in names),
        "$included": "".join(f'    path("{name}/", include("apps.{name}.urls")),\n' for name in names),
    }
    for path, text in COMMON.items():
        yield path, _replaced(text, lists), []


def _application(name: str, before: str | None, random: Random) -> Iterator[tuple[str, str, list[str]]]:
    texts = dict(FILES)
    rules: dict[str, list[str]] = {}
    texts.update(HEADS)
    words = {
        "$package": f"apps.{name}",
        "$before": f"apps.{before}.domain.part0" if before else "common.sums",
        "$app": name,
        "$App": name.title(),
        "$unique": "unique=True",
    }
    for site in SITES:
        is_bad = random.random() < SHARE_OF_HAZARDS
        texts[site.file] += "\n" + (site.bad if is_bad else site.good)
        if is_bad:
            rules.setdefault(site.file, []).append(site.rule)
            if site.rule == "FEN205":
                words["$unique"] = ""
    for number in range(random.randint(*UTILITY_FILES)):
        texts[f"domain/part{number}.py"] = utility_file(random)
    texts["domain/part0.py"] += "\n\ndef net_of(amount):\n    return max(amount, 0)\n"
    for path, text in texts.items():
        yield f"apps/{name}/{path}", _replaced(text, words), rules.get(path, [])


def _replaced(text: str, words: dict[str, str]) -> str:
    for word in sorted(words, key=len, reverse=True):  # $app begins $apple, if there ever is one
        text = text.replace(word, words[word])
    return text
