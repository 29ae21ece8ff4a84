"""The shape of a model file: which keys a table must have, and which hold lists of strings.

What the words mean is checked where they are read; here only what would otherwise be read as something else (a string
where a list belongs is a list of letters) or would be missed without saying in which entry.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class ModelError(Exception):
    """A model file that cannot be used: which file, which entry, what is wrong with it."""


REQUIRED: dict[str, tuple[str, ...]] = {
    "evidence": ("package",),
    "type": ("id",),
    "function": ("name",),
    "object": ("name", "type"),
    "entry": ("names", "kind", "what"),
    "field": ("names",),
    "setting": ("names", "fact"),
    "listing": ("names", "each"),
    "migrations": ("store",),
    "change": ("names", "does"),
    "script": ("name", "lua", "does"),
}
"""Section (a list of tables) → keys that each of its tables has."""

KEYS: dict[str, frozenset[str]] = {
    "type": frozenset(
        {
            "id", "names", "makers", "extends", "store", "role", "async", "params", "roles", "methods", "attributes",
            "item", "enter", "namespaces", "cases", "config",
        }
    ),
    "object": frozenset({"name", "type"}),
    "field": frozenset({"names", "relation", "unique", "version"}),
    "setting": frozenset({"names", "applies", "fact", "value", "says", "key", "package"}),
    "script": frozenset({"name", "lua", "does", "reads_as"}),
}  # fmt: skip
"""The keys of those sections whose tables have no roles: every other key is an error."""

TABLES = ("model_bases", "raises", "values", "requests")
LISTS_OF_CALLS = frozenset({"params", "aliases"})
"""Keys of an operation that hold lists; the others may be roles."""

_QUOTED = re.compile(r"'([^']+)'")
LISTS = frozenset({"names", "makers", "extends", "params", "aliases", "namespaces", "modules", "applies", "tokens"})


def flaws(data: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the shape of a parsed file, each with the entry that it is in."""
    known = {"tokens", "fragments", *REQUIRED, *TABLES}
    yield from (f"no such part: {part!r}{nearest(part, known)}" for part in data if part not in known)
    if not _is_words(data.get("tokens", [])):
        yield "tokens must be a list of strings"
    for section, keys in REQUIRED.items():
        yield from _flaws_of_section(section, data.get(section, []), keys)
    for section in TABLES:
        table = data.get(section, {})
        if not isinstance(table, dict):
            yield f"[{section}] must be a table"
        elif section != "model_bases":
            yield from (
                f"[{section}] {meaning} must be a list of strings"
                for meaning, names in table.items()
                if not _is_words(names)
            )


def nearest(word: object, words: Iterable[str]) -> str:
    """A question after the word that was meant, '' when none is near."""
    close = difflib.get_close_matches(str(word), sorted(words), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def line_of(text: str, flaw: str) -> int | None:
    """The line of a file that a flaw speaks of: from where its entry is named on, where its word stands.

    None when neither is there as it is in the flaw.
    """
    lines = text.splitlines()
    title = flaw.partition(": ")[0]
    named = (number for number, line in enumerate(lines, 1) if f'"{title}"' in line or f"'{title}'" in line)
    start = next(named, None)
    for quoted in _QUOTED.findall(flaw.partition(" (did you mean")[0]):
        word = re.compile(rf"(?<![\w.]){re.escape(quoted)}(?![\w.])")
        after = (number for number, line in enumerate(lines, 1) if number >= (start or 1) and word.search(line))
        found = next(after, None)
        if found is not None:
            return found
    return start


def title_of(entry: Mapping[str, Any]) -> str:
    """What an entry of a model file is called: its id, its name, the first of its names, or its package."""
    names = entry.get("names")
    first = names[0] if isinstance(names, list) and names else ""
    return str(entry.get("id") or entry.get("name") or first or entry.get("package") or "")


def _flaws_of_section(section: str, entries: object, keys: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        yield f"{section} must be written as [[{section}]]"
        return
    for number, one in enumerate(entries, start=1):
        where = title_of(one) or f"[[{section}]] number {number}"
        yield from (f"{where}: a {section} needs {key!r}" for key in keys if key not in one)
        keys_here = KEYS.get(section, frozenset(one))
        yield from (f"{where}: no such key: {key!r}{nearest(key, keys_here)}" for key in one if key not in keys_here)
        yield from _flaws_of_lists(one, where, LISTS_OF_CALLS if section == "function" else LISTS)
        methods = one.get("methods", {})
        if section == "entry":
            if not _is_words(one.get("methods", [])):
                yield f"{where}: methods must be a list of strings"
        elif not isinstance(methods, dict):
            yield f"{where}: methods must be a table"
        else:
            for name, call in methods.items():
                if not isinstance(call, dict) or "op" not in call:
                    yield f"{where}: {name}: an operation needs 'op'"
                else:
                    yield from _flaws_of_lists(call, f"{where}: {name}", LISTS_OF_CALLS)


def _flaws_of_lists(table: Mapping[str, Any], where: str, keys: frozenset[str]) -> Iterator[str]:
    for key in keys & table.keys():
        if not _is_words(table[key]):
            yield f"{where}: {key} must be a list of strings"
        elif key == "names" and not table[key] and "id" not in table:
            yield f"{where}: names must not be empty"


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
