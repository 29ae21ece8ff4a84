"""Which files of a project something stands in: asked by words or patterns, answered from the facts of single files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fenceline.analyzer.consulted import Notebook, Question, digest_of
from fenceline.analyzer.file_facts import FileFacts
from fenceline.analyzer.layout import Layout
from fenceline.analyzer.source import file_bytes
from fenceline.discovery import project_sources
from fenceline.linking.called import Naming, called_names, naming_in

CALLING = "calling"
MATCHING = "matching"
WRITTEN = "written"
IMPORTING = "importing"
PACKAGES = "packages"
NAMED = "named"
BESIDE = "beside"
"""The kinds of questions. In which files is a name called, matches a pattern of the models, is a word written, is a
name called beside what an import of a module looks like? Which packages are mentioned anywhere? Which files have a
name, or lie in a directory?"""


class Indexes:
    """The files below a root that may explain others. Each answer is noted by whoever asks.

    ``packages`` are those that models speak of; ``known`` are answers that hold, to questions that are answered by
    reading all files.
    """

    def __init__(
        self, layout: Layout, facts: FileFacts, packages: frozenset[str], known: Mapping[Question, str] | None = None
    ) -> None:
        self.facts = facts
        self._layout = layout
        self._known = known or {}
        self._sources: dict[bool, list[Path]] = {}
        self._calling: dict[str, list[Path]] | None = None
        self._bytes: dict[Path, bytes] = {}
        self._packages = packages
        self._naming: Naming | None = None
        self._named: dict[tuple[str, str], list[Path]] = {}
        self._mentioned: set[str] | None = None
        self._found: dict[Question, tuple[list[Path], int]] = {}

    @property
    def notebook(self) -> Notebook:
        """Where questions are noted."""
        return self._layout.notebook

    def sources(self, *, with_migrations: bool = False) -> list[Path]:
        """As :func:`fenceline.discovery.project_sources`; noted by nobody, who asks it has a question of its own."""
        if with_migrations not in self._sources:
            self._sources[with_migrations] = project_sources(self._layout.root, with_migrations=with_migrations)
        return self._sources[with_migrations]

    def facts_of(self, kind: str, read: Callable[[bytes], Any]) -> Iterable[tuple[Path, Any]]:
        """The fact of each file that says anything; noted by nobody."""
        found = ((path, self.facts.of(kind, path, read)) for path in self.sources())
        return ((path, fact) for path, fact in found if fact)

    def calling(self, name: str) -> Sequence[Path]:
        """The files in which something of this name is called."""
        return self._asked((CALLING, name))

    def matching(self, pattern: re.Pattern[bytes], *, with_migrations: bool = False) -> Sequence[Path]:
        """The files whose bytes a pattern of the models is found in: whether it is, is kept of every file."""
        text = pattern.pattern.decode("utf-8", "surrogateescape")
        return self._asked((MATCHING, text, str(pattern.flags), "migrations" if with_migrations else ""))

    def of_mentioned(self, names: Iterable[str]) -> list[str]:
        """Of dotted names those whose first part stands anywhere in the project: of no other is there anything."""
        self.notebook.consult((PACKAGES,), digest_of(sorted(self._packages_mentioned())))
        return [one for one in names if one.partition(".")[0] in self._packages_mentioned()]

    def written(self, word: str) -> Sequence[Path]:
        """The files in which a word stands."""
        return self._asked((WRITTEN, word))

    def importing(self, module: str, folder: Path, name: str) -> Sequence[Path]:
        """Of the files that call a name those that write a module's name as an import would.

        Beside it, in that folder, its own name is enough.
        """
        return self._asked((IMPORTING, name, module, self._layout.below_root(folder)))

    def named(self, stem: str, folder: str) -> Sequence[Path]:
        """The files that are called so, in a directory of that name."""
        return self._asked((NAMED, stem, folder))

    def beside(self, folder: Path) -> Sequence[Path] | None:
        """The Python files of a directory in order, None where there is no such directory."""
        files = sorted(folder.glob("*.py")) if folder.is_dir() else None
        self.notebook.consult((BESIDE, self._layout.below_root(folder)), _listed(files))
        return files

    def answer(self, question: Question) -> str | None:
        """What is answered to a question now; None for one that is not asked here."""
        match question:
            case ("packages",):
                return digest_of(sorted(self._packages_mentioned()))
            case ("beside", below):
                folder = self._layout.root / below
                return _listed(sorted(folder.glob("*.py")) if folder.is_dir() else None)
            case (kind, *_) if kind in _FINDING:
                return self._told(question, self._files(question))
            case _:
                return None

    def updated(self, question: Question, answer: str, changed: Sequence[Path]) -> str:
        """The answer to a question that is answered by reading files, after some of them have changed."""
        self._bytes.update({path: _bytes_of(path) for path in changed if path not in self._bytes})
        before = answer.split("\n") if answer else []
        below = self._layout.below_root
        others = [self._layout.root / one for one in before if one not in {below(path) for path in changed}]
        sources = frozenset(self.sources())
        new = [path for path in changed if path in sources and self._is_one(question, path)]
        return self._told(question, sorted([*others, *new], key=lambda path: path.parts))

    # ------------------------------------------------------------------- answers

    def _asked(self, question: Question) -> list[Path]:
        known = self._found.get(question)
        if known is None:
            answer = self._known.get(question) if question[0] in BY_READING else None
            if answer is None:
                files = self._files(question)
                answer = self._told(question, files)
            else:
                files = [self._layout.root / one for one in answer.split("\n") if one]
            known = self._found[question] = files, self.notebook.number_of(question, answer)
        self.notebook.note(known[1])
        return known[0]

    def _files(self, question: Question) -> list[Path]:
        match question:
            case ("calling", name):
                return self._files_calling(name)
            case ("matching", text, flags, scope):
                pattern = re.compile(text.encode("utf-8", "surrogateescape"), int(flags))
                kind = f"{MATCHING} {digest_of([text, flags])}"
                sources = self.sources(with_migrations=bool(scope))
                return [one for one in sources if self.facts.of(kind, one, lambda data: bool(pattern.search(data)))]
            case ("named", stem, folder):
                return [path for path in self.sources() if path.stem == stem and path.parent.name == folder]
            case ("importing", name, module, folder):
                calling = frozenset(self._files_calling(name))
                return [path for path in self._files_naming(module, folder) if path in calling]
            case _:
                return [path for path in self.sources() if self._is_written(question, path)]

    def _packages_mentioned(self) -> set[str]:
        if self._mentioned is None:
            words = [(one, one.encode()) for one in sorted(self._packages)]
            said = self.facts_of(PACKAGES, lambda data: " ".join(one for one, word in words if word in data))
            self._mentioned = {one for _, found in said for one in found.split()}
        return self._mentioned

    def _files_calling(self, name: str) -> list[Path]:
        if self._calling is None:
            self._calling = {}
            for path, names in self.facts_of(CALLING, called_names):
                for one in names.split():
                    self._calling.setdefault(one, []).append(path)
        return self._calling.get(name, [])

    def _files_naming(self, module: str, folder: str) -> list[Path]:
        if self._naming is None:
            self._naming = naming_in(self.sources())
        key = module, folder
        if key not in self._named:
            self._named[key] = self._naming.files(module, self._layout.root / folder / "one.py")
        return self._named[key]

    def _is_one(self, question: Question, path: Path) -> bool:
        """Whether a file belongs to the answer of a question that is answered by reading files."""
        if question[0] == IMPORTING:
            called = self.facts.of(CALLING, path, called_names) or ""
            if question[1] not in called.split():
                return False
        return self._is_written(question, path)

    def _is_written(self, question: Question, path: Path) -> bool:
        """Whether what is looked for stands in a file, called or not."""
        data = self._bytes[path] if path in self._bytes else _bytes_of(path)
        if question[0] == WRITTEN:
            word = question[1].encode()
            return word in data and re.search(rb"\b" + re.escape(word) + rb"\b", data) is not None
        _, _, module, folder = question
        *_, package, last = ("", *module.split("."))
        if not package or self._layout.below_root(path.parent) == folder:
            return last.encode() in data
        return re.search(rb"\b" + re.escape(f"{package}.{last}".encode()) + rb"(?!\w)", data) is not None

    def _told(self, question: Question, files: list[Path]) -> str:
        named = map(self._layout.below_root, files)
        return "\n".join(named) if question[0] in BY_READING else digest_of(named)


def _bytes_of(path: Path) -> bytes:
    try:
        return file_bytes(path)
    except OSError:
        return b""


def _listed(files: list[Path] | None) -> str:
    return "no directory" if files is None else digest_of(one.name for one in files)


BY_READING = frozenset({WRITTEN, IMPORTING})
_FINDING = BY_READING | {CALLING, MATCHING, NAMED}
