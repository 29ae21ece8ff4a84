"""Are the model files true of the libraries that are installed? Each name that they know exists, with its parameters.

The libraries are asked in processes of a Python of the user's choice (``probe``), one for each library: what importing
one of them does is no danger to another one, nor to us, and its time is limited.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from fenceline.claims import Claim, Contradiction, claims, contradictions
from fenceline.inventory import PYTHON, Inventory, Library, Source
from fenceline.report.plain import counted

SECONDS = 120.0
"""How long all modules of one library may take to be imported."""

DJANGO = "django"

Parameters = Sequence[tuple[str, str]]
"""Name and kind (as ``inspect`` calls it) of each parameter of a callable."""


class InterpreterError(Exception):
    """The Python that was to be asked cannot be."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a model file says and that is not so: which file, which entry, what is missing."""

    file: str
    entry: str
    text: str


@dataclass(slots=True)
class Verdict:
    """What became of one library. ``checked`` counts the names that were looked up.

    ``version`` is None when the library is not installed, '' when nobody says which version it is. ``unchecked`` says
    what could not be looked up, and why; ``notes`` say what is of another version than the installed one.
    """

    library: str
    version: str | None = None
    checked: int = 0
    problems: list[Problem] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether all that the files say could be looked up."""
        return self.version is not None and not self.unchecked


@dataclass(slots=True)
class _Answers:
    """What a process said: of names, of Django, and how it ended before it had said all ('' when it did not)."""

    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    django: dict[str, Any] = field(default_factory=dict)
    python: str = ""
    ended: str = ""


def verify(
    inventory: Inventory, wanted: Sequence[str], python: str, project: Path | None = None, seconds: float = SECONDS
) -> Iterator[Verdict]:
    """A verdict for each of the wanted libraries, in that order. ``project`` is a directory whose code is not imported.

    Raises InterpreterError when there is no such Python.
    """
    there = Installation(inventory, python, project, seconds)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(there.verdict, wanted)


class Installation:
    """A Python with what is installed in it. Raises InterpreterError when it cannot be run."""

    def __init__(
        self, inventory: Inventory, python: str, project: Path | None = None, seconds: float = SECONDS
    ) -> None:
        self.inventory = inventory
        self.python = python
        self.project = project
        self.seconds = seconds
        self.claims: dict[str, list[Claim]] = {}
        for claim in claims(inventory):
            self.claims.setdefault(claim.source.library, []).append(claim)
        self.contradictions: dict[str, list[Contradiction]] = {}
        for found in contradictions(inventory):
            self.contradictions.setdefault(found.source.library, []).append(found)
        packages = [(one.name, sorted(_modules(one))) for one in inventory.libraries.values() if one.name != PYTHON]
        self.installed = self._ask({"packages": packages}, SECONDS)
        if self.installed.ended:
            raise InterpreterError(f"{python}: is no Python of 3.8 or newer: {self.installed.ended}")
        self.installed.packages[PYTHON] = {"version": self.installed.python}

    def verdict(self, name: str) -> Verdict:
        """Whether the model files are true of one library."""
        library = self.inventory.libraries[name]
        found = self.installed.packages[name]
        verdict = Verdict(name)
        for one in self.contradictions.get(name, ()):
            verdict.problems.append(Problem(one.source.file, one.entry, one.text))
        if name not in self.claims and not any(source.is_declared for source in library.sources):
            verdict.version = ""  # types that have no name, of which nothing can be looked up
            return verdict
        if found.get("is_absent"):
            return verdict
        verdict.version = found["version"]
        if found.get("is_project"):
            verdict.unchecked.append("it is of this project, which is not imported")
            return verdict
        others = _judge_versions(library, verdict)
        for source in library.sources:
            if not source.is_importable:
                verdict.unchecked.append(f"{source.file} says that it cannot be imported")
                others.append(source)
        asked = [claim for claim in self.claims.get(name, ()) if claim.source not in others]
        self._judge(library, asked, verdict)
        return verdict

    def _judge(self, library: Library, asked: Sequence[Claim], verdict: Verdict) -> None:
        names = sorted({claim.name for claim in asked})
        request = {"names": names, "django": self._django_settings(library)}
        answers = self._ask(request, self.seconds) if names else _Answers()
        if "failed" in answers.django and any("failed" in said for said in answers.names.values()):
            text = f"cannot be set up: {answers.django['failed']}"
            verdict.problems.append(Problem(library.sources[0].file, DJANGO, text))
        if answers.ended:
            culprit = next((name for name in names if name not in answers.names), names[-1])
            told = next(claim for claim in asked if claim.name == culprit)
            verdict.problems.append(Problem(told.source.file, told.entry, f"{culprit}: {answers.ended}"))
        verdict.checked = sum(not {"needs", "is_project"} & said.keys() for said in answers.names.values())
        verdict.unchecked += _not_looked_up(answers.names)
        wrong = ((claim, text) for claim in asked for text in _wrong(claim, answers.names))
        verdict.problems += dict.fromkeys(Problem(claim.source.file, claim.entry, text) for claim, text in wrong)

    def _django_settings(self, library: Library) -> dict[str, Any] | None:
        """The settings with which its modules can be imported; None when they do without Django."""
        apps = self.installed.packages[library.name].get("apps")
        own = [source.django_settings for source in library.sources if source.django_settings is not None]
        if apps is None and not own:
            return None
        general = self.inventory.libraries.get(DJANGO)
        first = [one.django_settings for one in general.sources if one.django_settings] if general else []
        merged: dict[str, Any] = {"INSTALLED_APPS": []}
        for settings in (*first, *own):
            merged |= {**settings, "INSTALLED_APPS": [*merged["INSTALLED_APPS"], *settings.get("INSTALLED_APPS", ())]}
        merged["INSTALLED_APPS"] += apps or ()
        return merged

    def _ask(self, request: Mapping[str, Any], seconds: float) -> _Answers:
        """Start a process, hand it the request, and read what it could say in its time."""
        program = resources.files("fenceline").joinpath("probe.py").read_text("utf-8")
        project = str(self.project) if self.project else None
        with tempfile.TemporaryDirectory() as elsewhere:
            try:
                done = subprocess.run(  # noqa: S603 - the user names the interpreter
                    [self.python, "-W", "ignore", "-c", program],
                    input=json.dumps({**request, "project": project}).encode("utf-8"),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    timeout=seconds,
                    cwd=elsewhere,
                    check=False,
                )
                output, ended = done.stdout, f"the interpreter ended with {done.returncode}"
            except subprocess.TimeoutExpired as error:
                output, ended = error.stdout or b"", f"took longer than {seconds:g} seconds to be imported"
            except OSError as error:
                raise InterpreterError(f"{self.python}: cannot be run: {error.strerror or error}") from error
        return _read(output, ended)


def _read(output: bytes, ended: str) -> _Answers:
    answers = _Answers(ended=ended)
    for line in output.splitlines():
        try:
            said = json.loads(line)
        except ValueError:  # cut off
            break
        if "done" in said:
            answers.ended = ""
        elif "package" in said:
            answers.packages[said["package"]] = said
        elif "name" in said:
            answers.names[said["name"]] = said
        elif "django" in said:
            answers.django = said["django"]
        else:
            answers.python = said["python"]
    return answers


def _modules(library: Library) -> set[str]:
    return {module for source in library.sources for module in source.modules}


def _not_looked_up(answers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """``2 names need greenlet, which is not installed``."""
    needed = Counter(said["needs"] for said in answers.values() if "needs" in said)
    for module, count in needed.items():
        verb = "needs" if count == 1 else "need"
        yield f"{counted(count, 'name')} {verb} {module}, which is not installed"
    own = sum("is_project" in said for said in answers.values())
    if own:
        yield f"{counted(own, 'name')} of this project, which is not imported"


def _judge_versions(library: Library, verdict: Verdict) -> list[Source]:
    """Adds what is wrong with the version. Gives back the sources that speak of another version.

    Files may know two major versions of a library, each its own: then the facts of the one that is not installed are
    left alone.
    """
    fits: list[Source] = []
    others: list[Source] = []
    for source in library.sources:
        try:
            is_inside = not source.version or SpecifierSet(source.version).contains(verdict.version or "", True)
        except InvalidSpecifier:
            text = f"version = {source.version!r} is no range such as '>=2.1' or '>=2.1,<4'"
            verdict.problems.append(Problem(source.file, "[[evidence]]", text))
            continue
        except InvalidVersion:
            continue
        (fits if is_inside else others).append(source)
    if any(source.is_declared and source.version for source in fits):
        verdict.notes += dict.fromkeys(f"{one.file} is about {library.name} {one.version}" for one in others)
        return others
    if verdict.version:
        for source in others:
            text = f"the facts are from {library.name} {source.version}, and {verdict.version} is installed"
            verdict.problems.append(Problem(source.file, "[[evidence]]", text))
    return []


def _wrong(claim: Claim, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is not as claimed. Names that could not be looked up are not wrong."""
    said = answers.get(claim.name, {})
    if "missing" in answers.get(claim.name.rpartition(".")[0], {}):
        return  # the class is what is missing
    if "missing" in said:
        yield f"{claim.name} does not exist: {said['missing']}"
    elif "failed" in said:
        yield f"{claim.name} cannot be imported: {said['failed']}"
    elif said.get("parameters") is not None and claim.params is not None:
        shown = said["parameters"]
        params = [one for one in claim.params if one not in claim.formerly or _takes(shown, one)]
        strange = [one for one in params if not _takes(shown, one)]
        yield from (f"{claim.name}({_written(shown)}) has no parameter {one.lstrip('*')!r}" for one in strange)
        if claim.is_ordered and not strange:
            yield from _misplaced(claim.name, shown, params)


def _misplaced(name: str, shown: Parameters, params: Sequence[str]) -> Iterator[str]:
    """The first parameter that stands before one that it comes after: by position, each would play the other's role.

    Parameters may be left out: what comes after them is then known by its keyword alone.
    """
    by_position = [one for one, kind in shown if kind.startswith("POSITIONAL")]
    places = [(by_position.index(one), one) for one in params if one in by_position]
    for (place, one), (next_place, next_one) in pairwise(places):
        if next_place < place:
            yield f"{name}({_written(shown)}) has {next_one!r} before {one!r}, not after it"
            return


def _takes(parameters: Parameters, param: str) -> bool:
    return any(name == param.lstrip("*") or kind == "VAR_KEYWORD" for name, kind in parameters)


def _written(parameters: Parameters) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    return ", ".join(f"{stars.get(kind, '')}{name}" for name, kind in parameters)
