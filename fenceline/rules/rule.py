"""What a rule is: a value that says what it claims and proposes where to look."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fenceline.analyzer.finding import Severity

HEADINGS = ("What it claims", "Why it matters", "When it is fine")
"""The headings that the docstring of every rule module has, in this order."""

MOST_EXAMPLES = 4

Query = Callable[..., Iterable[Any]]
"""Yields the candidates of a rule; None for a rule whose findings the engine itself reports."""


def query_in(module: str) -> Query:
    """The function ``query`` of a module, which is imported when something is first looked for.

    What rules say of themselves is asked for by every run, also where nothing has changed since the last one; what
    they look for it with needs the whole analyzer.
    """

    def query(*given: Any) -> Iterable[Any]:
        return _query_of(module)(*given)

    return query


@functools.cache
def _query_of(module: str) -> Query:
    found: Query = importlib.import_module(module).query
    return found


@dataclass(frozen=True, slots=True)
class Example:
    """A short program with the hazard (``bad``), without it (``good``), or both; a test and documentation at once."""

    title: str
    bad: str | None = None
    good: str | None = None

    def __post_init__(self) -> None:
        if self.bad is None and self.good is None:
            raise ValueError(f"example {self.title!r} has neither bad nor good code")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    ``summary`` is one line with the message template; ``doc`` the docstring of the rule's module, with
    :data:`HEADINGS`; ``faults`` what the explorer may do to the runs (``duplicate``, ``crash``, ``expiry``,
    ``failed-step``); ``supersedes`` the codes of the rules that are silent about a pair of operations of which this
    one speaks; ``fixers`` the names of its fixers, the best first; ``fixed_as`` what the engine itself does about what
    it reports itself; ``references`` web addresses for the reader; ``on_import``: whether it is also about what a
    module does when it is imported; ``over``: the codes of the rules whose proposals the query is given as its second
    argument, for a rule that says of their hazards why what is there does not help.
    """

    code: str
    name: str
    summary: str
    doc: str
    severity: Severity
    default_on: bool = True
    faults: frozenset[str] = frozenset()
    supersedes: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    fixers: tuple[str, ...] = ()
    fixed_as: str = ""
    on_import: bool = False
    query: Query | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if "\n" in self.summary:
            raise ValueError(f"{self.code}: the summary must be one line")
        if len(self.examples) > MOST_EXAMPLES:
            raise ValueError(f"{self.code}: at most {MOST_EXAMPLES} examples; the others belong under tests/")

    @property
    def is_fixable(self) -> bool:
        """Whether any fixer exists for what this rule finds."""
        return bool(self.fixers or self.fixed_as)
