"""Findings: what the analysis hands to whoever prints it.

A finding is a small story: a primary place, related places, the shortest interleaving that shows the hazard, the
premise of that interleaving and its consequence. Lines and columns are 1-based, columns count characters, and the
end column is the one after the last character. Paths are relative to the project's root, with ``/`` between parts.
"""

from __future__ import annotations

import enum
import functools
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fenceline.analyzer.steps import TraceStep

READ_HERE = "read here"
"""What is said of the place of a read where the finding stands at the change."""


@functools.total_ordering
class Ranked(enum.Enum):
    """An enumeration whose members are ordered as they are written, the least first."""

    def _rank(self) -> int:
        return list(type(self)).index(self)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self._rank() < other._rank()

    def __str__(self) -> str:
        return str(self.value)


class Severity(Ranked):
    """How bad the hazard is when it happens."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Confidence(Ranked):
    """How sure the analysis is that it can happen."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Place:
    """A further place that the reader of a finding must look at, and what is to be seen there."""

    path: str
    line: int
    end_line: int
    column: int
    end_column: int
    message: str


@dataclass(frozen=True, slots=True)
class Hop:
    """A place on the way from an entry point to a finding, and the qualified name of the function around it."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Who runs the code of a finding.

    ``kind`` is what a model file calls the entry (``view``, ``task``, ``consumer``, ``job``, ``receiver``, ``hook``,
    ``command``), ``name`` the qualified name of its function; ``method`` and ``route`` are those of a request ("POST",
    "/orders/{pk}"), '' where they are not known. ``chain`` are the places of the calls from the entry down, and last
    that of the function that the finding is in; ``more`` counts the other entries that lead there.
    """

    kind: str
    name: str
    chain: tuple[Hop, ...]
    more: int = 0
    method: str = ""
    route: str = ""

    @property
    def title(self) -> str:
        """The entry in words: ``POST /orders``, ``task shop.tasks.sync``."""
        return f"{self.method} {self.route}".strip() if self.route else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that takes the place of what stands between two places of a file; nothing stands there: it is inserted.

    Lines end where Python ends them, with a line feed, a carriage return or both, and an end belongs to its line.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that ends a hazard.

    ``applicability`` is "safe", "unsafe" or "display-only"; ``why_unsafe`` says what a person has to look at.
    ``states`` counts those that were explored to see that it is right (``verified``). ``notes`` are what else is to be
    done, and by whom. ``digest`` has, for each file that is edited, the SHA-256 of its bytes as they were analysed: the
    edits fit no other.
    """

    fixer: str
    applicability: str
    title: str
    edits: tuple[Edit, ...]
    verified: bool = False
    states: int = 0
    notes: tuple[str, ...] = ()
    why_unsafe: str = ""
    digest: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One hazard at one place.

    ``function`` is the qualified name (``Class.method``), None at module level. ``premise`` opens the trace ("two
    requests run reserve(sku) at once"), ``consequence`` closes it ("no serial order of the two requests ends like
    this"); both are empty when there is no trace to tell. ``reached`` is None where no entry point is seen. ``fix`` and
    ``unfixed``, a line a fixer that says why it offers nothing, are there only where fixes were asked for.

    ``fingerprint`` is the identity, with a number where the file has the same one more than once (:func:`numbered`).
    ``identity`` is without that number. ``wording`` is what the statements at its place and at the next one say,
    however they are written: a softer identity. ``is_own``: the function that it stands in shows it, not its callers.
    """

    rule: str
    name: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str | None
    severity: Severity
    confidence: Confidence
    message: str
    fingerprint: str
    related: tuple[Place, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    premise: str = ""
    consequence: str = ""
    reached: Reached | None = None
    fix: Fix | None = None
    unfixed: tuple[str, ...] = ()
    identity: str = ""
    wording: str = ""
    is_own: bool = True

    def __post_init__(self) -> None:
        if not self.identity:
            object.__setattr__(self, "identity", self.fingerprint)


def normalise_code(code: str) -> str:
    """The code with every run of white space as one blank: what re-indenting and re-wrapping do not change."""
    return " ".join(code.split())


def fingerprint_of(rule: str, function: str | None, key: str, code: str = "") -> str:
    """Identity of a finding that survives moved lines, formatting and renamed files: 32 hexadecimal digits.

    ``key`` is the text of the cell's key; ``code`` the source of the place, where there is no such key.
    """
    return _digest(rule, function or "", key, normalise_code(code))


def numbered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with fingerprints that tell equal ones of one file apart, by their order in it."""
    seen: Counter[tuple[str, str]] = Counter()
    found: list[Finding] = []
    for one in sort_findings(findings):
        n = seen[one.path, one.identity]
        seen[one.path, one.identity] += 1
        found.append(replace(one, fingerprint=_digest(one.identity, str(n))) if n else one)
    return found


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """In reading order: by path, then by place, then by rule; the fingerprint decides what is left."""
    return sorted(findings, key=lambda f: (f.path, f.line, f.column, f.rule, f.end_line, f.end_column, f.fingerprint))
