"""Baselines: the findings that a project has written down to be silent about, in a file that people read and merge.

The file is JSON with one finding a line, in the order of its paths, functions and rules. An entry stands for ``count``
findings that have one fingerprint in one file. Nothing in it changes when lines move or code is reformatted. People may
give an entry a ``reason``; it stays when the file is written again.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fenceline.analyzer.finding import Finding, sort_findings

VERSION = 1
DEFAULT_NAME = "fenceline-baseline.json"


class BaselineError(Exception):
    """A baseline that cannot be used: one line that names the file, and the entry or the line in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known: ``count`` findings of a rule in a function that have the same ``fingerprint``.

    ``path`` is relative to the project's root. ``wordings`` say what the code of each is (:attr:`Finding.wording`), so
    that of several alike the new one can be told. ``message`` is for people.
    """

    rule: str
    path: str
    function: str | None
    message: str
    fingerprint: str
    wordings: tuple[str, ...]
    count: int = 1
    reason: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What the entry is known by."""
        return self.path, self.rule, self.fingerprint


@dataclass(frozen=True, slots=True)
class Applied:
    """What has come of a baseline in a run.

    ``stale`` are the entries that match nothing any more, with how many; ``unseen`` those that the run has not looked
    at, or that match what is not sure enough to be shown.
    """

    entries: tuple[Entry, ...]
    stale: tuple[Entry, ...] = ()
    unseen: tuple[Entry, ...] = ()


def entries_of(findings: Iterable[Finding]) -> list[Entry]:
    """Findings as entries, those that are alike as one."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for one in sort_findings(findings):
        alike.setdefault((one.path, one.rule, one.identity), []).append(one)
    return [
        Entry(
            first.rule,
            first.path,
            first.function,
            first.message,
            first.identity,
            tuple(sorted(one.wording for one in (first, *others))),
            1 + len(others),
        )
        for first, *others in alike.values()
    ]


def united(entries: Iterable[Entry]) -> list[Entry]:
    """The entries in their order, those for the same findings added up; the first that gives a reason gives it."""
    by_place: dict[tuple[str, str, str], Entry] = {}
    for one in entries:
        known = by_place.get(one.place)
        by_place[one.place] = one if known is None else _sum(known, one)
    return sorted(by_place.values(), key=lambda one: (one.path, one.function or "", one.rule, one.fingerprint))


def without(entries: Iterable[Entry], gone: Iterable[Entry]) -> list[Entry]:
    """The entries less those that are gone, each of which takes its count from the one for the same."""
    less = {one.place: one for one in gone}
    return [one for one in (_less(one, less.get(one.place)) for one in entries) if one.count > 0]


def _less(one: Entry, gone: Entry | None) -> Entry:
    if gone is None:
        return one
    left = list((Counter(one.wordings) - Counter(gone.wordings)).elements())
    return replace(one, wordings=tuple(sorted(left)), count=one.count - gone.count)


def _sum(one: Entry, other: Entry) -> Entry:
    wordings = tuple(sorted((*one.wordings, *other.wordings)))
    return replace(one, wordings=wordings, count=one.count + other.count, reason=one.reason or other.reason)


# ------------------------------------------------------------------------------------------------------- the file


def read_baseline(file: Path) -> list[Entry]:
    """The entries of a baseline. Raises :class:`BaselineError`."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BaselineError(f"{file}: there is no such baseline; --write-baseline makes one") from error
    except UnicodeDecodeError as error:
        raise BaselineError(f"{file}: not a baseline: not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {error.strerror or error}") from error
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{file}: not a baseline: {_json_reason(error, text)}") from error
    return _entries(document, file)


def _json_reason(error: Exception, text: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "not valid JSON"
    lines = text.splitlines()
    marked = next((n for n, line in enumerate(lines, 1) if line.startswith(("<<<<<<< ", ">>>>>>> "))), None)
    if marked is not None:
        return f"a merge conflict in line {marked}"
    return f"not valid JSON: {error.msg} in line {error.lineno}"


def _entries(document: object, file: Path) -> list[Entry]:
    if not isinstance(document, dict) or "version" not in document or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{file}: not a baseline: it has no 'version' and no list of 'findings'")
    if document["version"] != VERSION:
        raise BaselineError(
            f"{file}: a baseline of version {document['version']!r}; this program reads version {VERSION}:"
            " remove it and write it anew (--write-baseline), or use the program that wrote it"
        )
    entries: list[Entry] = []
    for n, one in enumerate(document["findings"], 1):
        try:
            entries.append(_entry(one))
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise BaselineError(f"{file}: finding {n}: {what}") from error
    return _each_once(entries)


def _each_once(entries: Iterable[Entry]) -> list[Entry]:
    """Of two entries for the same, as a merge of two branches may leave them, the one that stands for more."""
    found: dict[tuple[str, str, str], Entry] = {}
    for one in entries:
        if one.place not in found or found[one.place].count < one.count:
            found[one.place] = one
    return list(found.values())


def _entry(value: object) -> Entry:
    if not isinstance(value, dict):
        raise TypeError("it must be an object")
    found = Entry(
        rule=_text(value, "rule"),
        path=_text(value, "path"),
        function=None if value.get("function") is None else _text(value, "function"),
        message=_text(value, "message"),
        fingerprint=_text(value, "fingerprint"),
        wordings=tuple(value.get("wordings", ())),
        count=value.get("count", 1),
        reason=_text(value, "reason") if "reason" in value else "",
    )
    if isinstance(found.count, bool) or not isinstance(found.count, int) or found.count < 1:
        raise ValueError("'count' must be a whole number of at least 1")
    if not isinstance(value.get("wordings", []), list) or not all(isinstance(one, str) for one in found.wordings):
        raise ValueError("'wordings' must be a list of strings")
    return found


def _text(value: dict[str, Any], key: str) -> str:
    if not isinstance(value[key], str):
        raise TypeError(f"{key!r} must be a string")
    return str(value[key])


def text_of(entries: Iterable[Entry]) -> str:
    """The text of a baseline: the same for the same entries, whatever their order."""
    lines = ",\n".join(json.dumps(_value(one), ensure_ascii=False) for one in united(entries))
    findings = f"[\n{lines}\n]" if lines else "[]"
    text = f'{{\n"version": {VERSION},\n"findings": {findings}\n}}\n'
    return text.encode("utf-8", "backslashreplace").decode()  # a name that is not UTF-8: an escaped lone surrogate


def _value(entry: Entry) -> dict[str, object]:
    value: dict[str, object] = {"path": entry.path, "function": entry.function, "rule": entry.rule}
    value |= {"reason": entry.reason} if entry.reason else {}
    value |= {"message": entry.message, "count": entry.count, "fingerprint": entry.fingerprint}
    return value | {"wordings": list(entry.wordings)}


def write_baseline(file: Path, entries: Iterable[Entry]) -> None:
    """Write a baseline in one step: it is there in full, or as it was. Raises :class:`BaselineError`."""
    target = Path(os.path.realpath(file))
    beside = target.with_name(f".fenceline-{secrets.token_hex(8)}.tmp")
    try:
        try:
            beside.write_text(text_of(entries), encoding="utf-8", newline="\n")
            with contextlib.suppress(OSError):
                beside.chmod(target.stat().st_mode & 0o777)
            beside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise BaselineError(f"{file}: cannot be written: {error.strerror or error}") from error


def check_place(file: Path) -> list[Entry]:
    """What is in the baseline that is to be written, nothing if there is none yet. Raises :class:`BaselineError`.

    What is no baseline is not written over: it may be a source file that was meant as a path.
    """
    if file.is_dir() or file.suffix == ".py":
        kind = "a directory" if file.is_dir() else "a Python file"
        raise BaselineError(f"{file}: {kind}, no baseline; write --write-baseline=FILE, or put it behind the paths")
    if not file.parent.is_dir():
        raise BaselineError(f"{file}: cannot be written: there is no directory {file.parent}")
    return read_baseline(file) if file.exists() else []
