"""What the model files know, listed and shown, and what became of checking it.

The JSON contract, version 1, is described by ``models_schema.json`` beside this module.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import click

import fenceline
from fenceline.inventory import Item, Library, Source
from fenceline.report.plain import INDENT, counted, printable
from fenceline.verification import Verdict

VERSION = 1
WIDTH_OF_NO_TERMINAL = 110
SECTIONS = {
    "type": "Types",
    "function": "Functions",
    "object": "Objects",
    "entry": "Entries: our code, run by somebody else",
    "setting": "Settings",
    "listing": "Settings that list functions",
    "field": "Fields of model classes",
    "model_bases": "Bases of model classes",
    "raises": "Exceptions",
    "values": "Functions by what they give",
}
"""What each section of a model file is called, in the order in which they are shown."""

_ONE_EACH = {"raises": "exception", "values": "value", "model_bases": "model base"}
_ORDER = ("type", "call", "lock", "effect", "message", "task", "job", "consumer", "view", "receiver", "command", "hook")
_SAID = frozenset({"op", "what", "params", "roles", "result", "cases", "aliases", "of"})
_TITLES = frozenset({"id", "name", "names", "makers", "aliases", "methods", "params", "roles", "cases"})


def counts(library: Library) -> dict[str, int]:
    """How many there are of each kind of thing that is known of a library; kinds that there are none of are left out.

    ``calls`` are methods and functions; of these are ``effects`` (outside every store) and ``messages`` (sent). What
    runs our code is counted by what it runs (``tasks``, ``jobs``, …), methods that register it included.
    """
    return {_many(kind): number for kind, number in _counted_kinds(library)}


def _counted_kinds(library: Library) -> list[tuple[str, int]]:
    found = Counter(kind for item in library.items for kind in _kinds_of(item))
    return sorted(found.items(), key=lambda one: (_ORDER.index(one[0]) if one[0] in _ORDER else len(_ORDER), one[0]))


def _kinds_of(item: Item) -> Iterator[str]:
    if item.section == "type":
        yield "lock" if item.data.get("role") == "lock" else "type"
    elif item.section in {"entry", "listing"}:
        yield _run_by_it(item.data)
    elif item.section in _ONE_EACH:
        yield from (_ONE_EACH[item.section] for _ in item.names)
    elif item.section != "function":
        yield item.section
    for name, call in _calls_of(item):
        if name != "*":
            yield "call"
        if call["op"] in {"external", "send"}:
            yield "effect" if call["op"] == "external" else "message"
        elif call["op"] == "entry":
            yield _run_by_it(call)


def _run_by_it(call: Mapping[str, Any]) -> str:
    what = str(call.get("what", "entry"))
    return "plain decorator" if what == "plain" else what


def _many(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def _calls_of(item: Item) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What can be called, with what it does: the function itself, the methods of a type."""
    if item.section == "function":
        yield item.title, item.data
    elif item.section == "type":
        yield from item.data.get("methods", {}).items()


def listed_as_text(libraries: Iterable[Library]) -> str:
    """A line a library: its name, the versions that the facts are from, what is known, in which files."""
    rows = [(one.name, versions_of(one), counts_in_words(one), _files(one.sources)) for one in libraries]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "".join(
        f"{click.style(printable(name).ljust(widths[0]), bold=True)}  {printable(version).ljust(widths[1])}  "
        f"{known} {click.style(f'({printable(files)})', dim=True)}\n"
        for name, version, known, files in rows
    )


def as_json(libraries: Iterable[Library], *, is_detailed: bool = False) -> str:
    """One JSON document: what is known in counts, and in detail if that is asked for."""
    document = {
        "version": VERSION,
        "tool": {"name": "fenceline", "version": fenceline.__version__},
        "libraries": [_library(one, is_detailed=is_detailed) for one in libraries],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def schema() -> dict[str, Any]:
    """The JSON schema that every document of this version satisfies."""
    return dict(json.loads((resources.files(__package__) / "models_schema.json").read_text("utf-8")))


def _library(library: Library, *, is_detailed: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "library": library.name,
        "sources": [
            {"file": one.file, "own": one.is_own, "version": one.version or None, "modules": list(one.modules)}
            for one in library.sources
        ],
        "counts": counts(library),
    }
    if is_detailed:
        entry["entries"] = [
            {
                "section": item.section,
                "title": item.title,
                "file": item.source.file,
                "own": item.source.is_own,
                "names": list(item.names),
                "facts": dict(item.data),
            }
            for item in library.items
        ]
    return entry


def shown(library: Library, width: int | None = None) -> str:
    """All that is known of a library, for a terminal."""
    lines = [click.style(printable(library.name), bold=True)]
    lines += [f"{INDENT}{printable(evidence_of(source))}" for source in library.sources]
    sections = dict.fromkeys((*SECTIONS, *(item.section for item in library.items)))
    for section in sections:
        items = library.of(section)
        if items:
            lines += ["", click.style(SECTIONS.get(section, section), bold=True)]
            for item in items:
                lines += _item(item, width or WIDTH_OF_NO_TERMINAL)
    return "\n".join(lines) + "\n"


def evidence_of(source: Source) -> str:
    """``redis.toml: facts of redis >=5``."""
    versions = f"facts of {source.library} {source.version}" if source.version else "it does not say of which version"
    return f"{source.file}{' (yours)' if source.is_own else ''}: {versions}"


def _item(item: Item, width: int) -> Iterator[str]:
    if item.section == "type":
        yield from _wrapped(click.style(item.title, bold=True) + facts_in_words(item.data), width, 1)
        yield from _wrapped(", ".join(item.names), width, 2)
        for name, call in item.data.get("methods", {}).items():
            for line in calls_in_words(name, call):
                yield from _wrapped(line, width, 2)
    elif item.section == "function":
        yield from (INDENT + printable(line) for line in calls_in_words(", ".join(item.names), item.data))
    elif item.section in {"raises", "values", "model_bases"}:
        yield from _wrapped(f"{item.title}: {', '.join(item.names)}", width, 1)
    else:
        names = ", ".join(item.names or item.data.get("names", ()))
        yield from _wrapped(f"{names}{facts_in_words(item.data)}", width, 1)


def calls_in_words(name: str, call: Mapping[str, Any]) -> Iterator[str]:
    """``name(params): operation (what) → result``, and what it is in other cases."""
    names = ", ".join((name, *call.get("aliases", ()))) if call.get("name") is None else name
    yield f"{names}({', '.join(call.get('params', ()))}): {_operation(call)}{_roles(call)}"
    for case in call.get("cases", ()):
        when = " and ".join(f"{param} {_condition(value)}" for param, value in case.get("when", {}).items())
        yield f"{INDENT}when {when}: {_operation({'op': call.get('op', ''), **case})}{_roles(case)}"


def _operation(call: Mapping[str, Any]) -> str:
    what = f" ({call['what']})" if "what" in call else ""
    result = str(call.get("result", "value")).strip("<>")
    return f"{call['op']}{what}{'' if result in {'value', 'none'} else f' → {result}'}"


def _condition(value: object) -> str:
    return f"is {value.get('equals')!r}" if isinstance(value, dict) else f"is {value}"


def _roles(call: Mapping[str, Any]) -> str:
    """The rest of what is said of a call: ``, key: name``."""
    said = {key: value for key, value in call.items() if key not in _SAID | {"name", "when"}} | call.get("roles", {})
    return "".join(f", {key}: {_value(value)}" for key, value in said.items())


def facts_in_words(data: Mapping[str, Any]) -> str:
    """What is said of an entry besides its names: ``; kind: base; what: task``."""
    said = {key: value for key, value in data.items() if key not in _TITLES} | data.get("roles", {})
    said |= {"params": data["params"]} if data.get("params") else {}
    said |= {"methods": data["methods"]} if isinstance(data.get("methods"), list) else {}
    said |= {"cases": data["cases"]} if data.get("cases") else {}
    return "".join(f"; {key}: {_value(value)}" for key, value in said.items())


def _value(value: object) -> str:
    """Data of a model file, as short as it can be said."""
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_value(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrapped(text: str, width: int, depth: int) -> list[str]:
    """Lines of a terminal, the second and later ones further to the right."""
    first = INDENT * depth
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=first + 2 * INDENT, break_on_hyphens=False
    )


def versions_of(library: Library) -> str:
    """The versions that the facts are from; "-" where no file says."""
    return " or ".join(dict.fromkeys(source.version for source in library.sources if source.version)) or "-"


def counts_in_words(library: Library) -> str:
    """``4 types, 7 calls, 1 lock``."""
    said = (f"{number} {kind if number == 1 else _many(kind)}" for kind, number in _counted_kinds(library))
    return ", ".join(said) or "-"


def _files(sources: Sequence[Source]) -> str:
    return ", ".join(dict.fromkeys(f"{one.file}, yours" if one.is_own else one.file for one in sources))


def verdict_as_text(verdict: Verdict) -> str:
    """What became of one library, and a line for each problem."""
    name = click.style(printable(f"{verdict.library} {verdict.version or ''}".strip()), bold=True)
    said = []
    if verdict.problems:
        said.append(click.style(counted(len(verdict.problems), "problem"), fg="red"))
    if verdict.version is None:
        said.append("not installed")
    elif not verdict.problems:
        said.append(f"ok ({counted(verdict.checked, 'name')})" if verdict.checked else "ok")
    head = f"{name}: {'; '.join((*said, *map(printable, (*verdict.unchecked, *verdict.notes))))}\n"
    return head + "".join(
        f"{INDENT}{printable(one.file)}: {printable(one.entry)}: {printable(one.text)}\n" for one in verdict.problems
    )


def closing_line(verdicts: Sequence[Verdict], python: str) -> str:
    """How many libraries are as the files say, how many are not, how many could not be asked."""
    wrong = sum(bool(one.problems) for one in verdicts)
    absent = sum(one.version is None and not one.problems for one in verdicts)
    fine = len(verdicts) - wrong - absent
    libraries = "1 library" if len(verdicts) == 1 else f"{len(verdicts)} libraries"
    return f"{libraries} in {python}: {fine} ok, {wrong} with problems, {absent} not installed.\n"
