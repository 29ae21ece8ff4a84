"""What the model files know of libraries, in Markdown: a page a library, and the list of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fenceline.inventory import Item, Library
from fenceline.report.models import SECTIONS, calls_in_words, counts_in_words, evidence_of, facts_in_words, versions_of

SCRIPT = "script"
"""The section of texts that other programs run, which are nobody's library."""


def described(libraries: Iterable[Library]) -> list[Library]:
    """The libraries that have a page: not what is known of texts in another language."""
    return [one for one in libraries if any(item.section != SCRIPT for item in one.items)]


def file_of(library: Library) -> str:
    """The name of a library's page: letters, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", library.name.lower()).strip("-") + ".md"


def library_table(libraries: Iterable[Library], folder: str) -> str:
    """A row a library; the pages are in ``folder``."""
    rows = (
        f"| [{one.name}]({folder}/{file_of(one)}) | {versions_of(one)} | {counts_in_words(one)} |\n"
        for one in described(libraries)
    )
    return "| library | versions | known are |\n|---|---|---|\n" + "".join(rows)


def library_page(library: Library) -> str:
    """All that is known of a library."""
    parts = [f"# {library.name}", "\n".join(f"- `{evidence_of(one)}`" for one in library.sources)]
    for section in dict.fromkeys((*SECTIONS, *(item.section for item in library.items))):
        items = library.of(section)
        if items and section != SCRIPT:
            parts.append(f"## {SECTIONS.get(section, section.capitalize())}")
            parts += _types(items) if section == "type" else ["\n".join(line for one in items for line in _lines(one))]
    return "\n\n".join(parts) + "\n"


def _types(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield f"### `{item.title}`"
        made = f"Made or named by {_names(item.names)}." if item.names else ""
        said = facts_in_words(item.data).removeprefix("; ")
        yield " ".join(part for part in (made, f"It is: `{said}`." if said else "") if part) or "Made by other calls."
        methods = [line for name, call in item.data.get("methods", {}).items() for line in _call(name, call)]
        if methods:
            yield "\n".join(methods)


def _lines(item: Item) -> Iterator[str]:
    if item.section == "function":
        yield from _call(", ".join(item.names), item.data)
    elif item.section in {"raises", "values", "model_bases"}:
        yield f"- {item.title}: {_names(item.names)}"
    else:
        names = item.names or tuple(item.data.get("names", ()))
        said = facts_in_words(item.data).removeprefix("; ")
        yield f"- {_names(names) or item.title}{f': `{said}`' if said else ''}"


def _call(name: str, call: Mapping[str, Any]) -> Iterator[str]:
    """What a call does, and below it what else in other cases."""
    for line in calls_in_words(name, call):
        head, _, rest = line.strip().partition("): ") if not line.startswith(" ") else ("", "", line.strip())
        yield f"- `{head})`: {_code(rest)}" if head else f"  - {_code(rest)}"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in names)
