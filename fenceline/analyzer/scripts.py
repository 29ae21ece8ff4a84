"""Scripts that are known by their exact text: each with the Python that does the same at one moment.

They are data (``models/scripts.toml``): a text with fragments to choose from, and what it does in the same fragments.
Lowering that Python gives the effect tree of the script; the same Python is what a test runs to compare.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fenceline.analyzer.model_shape import nearest

_HOLE = re.compile(r"\{(\w+)\}")
_READ_AS = ("python", "commands")
KEY = "key"


@dataclass(frozen=True, slots=True)
class Script:
    """One text that is known. ``does`` is the body of a function of ``client``, ``key`` and ``args`` (ARGV, in order).

    ``chosen`` are the fragments of ``does`` that were chosen, by group; ``is_read`` is False for a script that is
    lowered by the commands in it.
    """

    name: str
    text: str
    does: str
    args: tuple[str, ...]
    chosen: Mapping[str, str]
    is_read: bool = True

    @property
    def function(self) -> str:
        """The Python function that does the same."""
        params = ", ".join(("client", KEY, *self.args))
        return f"def {self.name}({params}):\n{textwrap.indent(self.does, '    ')}\n"


def normal(text: str) -> str:
    """What of a script's text counts: not how far it is indented, nor empty lines around it, nor how lines end."""
    return textwrap.dedent(text.replace("\r\n", "\n")).strip()


def scripts_in(data: Mapping[str, Any]) -> Iterator[Script]:
    """Every script of a model file whose words have been checked."""
    fragments = data.get("fragments", {})
    for one in data.get("script", ()):
        is_read = one.get("reads_as", _READ_AS[0]) == _READ_AS[0]
        for lua, does, chosen in _filled(str(one["lua"]), str(one["does"]), fragments):
            args: dict[str, int] = {}
            text = _HOLE.sub(lambda hole, args=args: _argument(hole, args), lua)  # type: ignore[misc]
            yield Script(str(one["name"]), normal(text), normal(does), tuple(args), chosen, is_read)


def _argument(hole: re.Match[str], args: dict[str, int]) -> str:
    return f"ARGV[{args.setdefault(hole[1], len(args) + 1)}]"


def _filled(lua: str, does: str, fragments: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Both texts under every choice of fragments, the first group of the text first."""
    group = next((hole[1] for hole in _HOLE.finditer(lua) if hole[1] in fragments), None)
    if group is None:
        yield lua, does, {}
        return
    hole = "{" + group + "}"
    for one, other in fragments[group]:
        for text, same, chosen in _filled(lua.replace(hole, one.strip()), does.replace(hole, other.strip()), fragments):
            yield text, same, {**chosen, group: _settled(other.strip(), chosen)}


def _settled(text: str, chosen: Mapping[str, str]) -> str:
    """A fragment with those that were chosen inside of it."""
    return _HOLE.sub(lambda hole: chosen.get(hole[1], hole[0]), text)


def flaws_of_scripts(data: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the scripts and fragments of a parsed file, each with the entry that it is in."""
    fragments = data.get("fragments", {})
    if not isinstance(fragments, dict):
        yield "[fragments] must be a table"
        return
    for group, pairs in fragments.items():
        if not isinstance(pairs, list) or not all(_is_pair(one) for one in pairs):
            yield f"[fragments] {group} must be a list of pairs of strings"
            return
    for one in data.get("script", ()):
        yield from _flaws_of(one, fragments)


def _flaws_of(one: Mapping[str, Any], fragments: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[str]:
    title, lua, does = one.get("name"), one.get("lua"), one.get("does")
    if not isinstance(lua, str) or not isinstance(does, str):
        return  # said by whoever checks what a table must have
    said = one.get("reads_as", _READ_AS[0])
    if said not in _READ_AS:
        yield f"{title}: reads_as: no such word: {said!r}{nearest(said, _READ_AS)}"
    for hole in _HOLE.findall(does):
        if hole not in fragments:
            yield f"{title}: no such fragment: {hole!r}{nearest(hole, fragments)}"
        elif "{" + hole + "}" not in lua:
            yield f"{title}: the fragment {hole!r} is in one of the two texts only"


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and [type(one) for one in value] == [str, str]
