"""What a fixer is: a value that says what it promises, and rewrites the text of one file.

A fixer proposes; it does not decide. Whether its rewriting is offered is decided by :mod:`fenceline.fixers.verify`,
which compares what the two programs do.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.models import Models
from fenceline.analyzer.names import ModuleInfo
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.project import Project
from fenceline.analyzer.slices import Candidate
from fenceline.fixers.settings import FixSettings

if TYPE_CHECKING:
    from fenceline.fixers.code import Code


class Applicability(enum.Enum):
    """Who may apply a fix: the tool by itself, a person who has looked at it, or nobody (it is shown only)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"

    def __str__(self) -> str:
        return self.value


class Refused(Exception):  # noqa: N818 - nothing is wrong: the fixer does not apply
    """The fixer cannot do this one; the message says why in one line, for the user: "the result is used"."""


MAY_SKIP = "may_skip_until_expiry"
MAY_LOSE = "may_lose_on_crash"
MAY_OVERLAP = "may_overlap_after_expiry"
MAY_UNDO = "may_undo_on_error"
TOLD = {
    MAY_SKIP: "after a crash the work is skipped until the lock or mark expires",
    MAY_LOSE: "a crash at the wrong moment loses the effect",
    MAY_OVERLAP: "a holder that is paused beyond the expiry overlaps with the next one",
    MAY_UNDO: "an error after the change now undoes it",
}
"""What a fixer may declare that its result does under one crash or one expiry, and how that is said."""

TWICE = ""
"""Under no fault at all: what a rewrite cures whose very point is that one message, given twice, counts once."""


@dataclass(slots=True, eq=False)
class Subject:
    """What is to be fixed: one hazard, the function that it was found in, and the file that would be changed.

    ``flow`` is the function as it was lowered, with what it calls; ``module`` the file of the act, which may be
    another one than that of the function. ``span`` and ``path`` are the primary place, ``related`` the further ones
    with a word on each. ``candidate`` is None for a rule that is a plain query; ``acts`` are then the ops that it
    speaks of.
    """

    code: str
    flow: Flow
    module: ModuleInfo
    project: Project
    models: Models
    span: Span
    path: str
    related: tuple[tuple[Span, str, str], ...] = ()
    candidate: Candidate | None = None
    acts: tuple[ir.Op, ...] = ()
    settings: FixSettings = field(default_factory=FixSettings)
    open_code: Callable[[], Code] | None = None

    def code_of(self) -> Code:
        """The text of the file, to be rewritten; each call starts anew from what is on the disk."""
        assert self.open_code is not None
        return self.open_code()

    def fact_of(self, op: ir.Op) -> Fact | None:
        """What is known of an op besides what it does to cells."""
        return next((one for one in self.flow.lowered.facts if one.op is op), None)

    def facts(self, *kinds: str) -> Iterator[Fact]:
        """The facts of these kinds, in the order of the source."""
        return (one for one in self.flow.lowered.facts if one.kind in kinds and one.op in self.flow.places)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One proposal: the whole new text of the file, and what is said of it.

    ``title`` is one line, in the imperative. ``declares`` are keys of :data:`TOLD`; ``why_unsafe`` says, in words,
    what a person has to look at. ``own`` yields the cells that are the fixer's own (a dedupe mark, a lock made by
    hand), which no outcome is compared by. ``cures`` are faults ("crash", "redelivery", "failure") under which another
    outcome than before is the very point: a message that is no more sent for what is rolled back; :data:`TWICE`: so is
    that of two runs on the same, and then two runs that have nothing in common are compared as well. ``notes`` are
    printed with the fix: a migration, a statement of DDL. ``assumes_true``: what a key holds is taken for no empty or
    false value, which ``why_unsafe`` must say. ``reschedules``: what fires the function is changed too,
    and read again.
    """

    text: str
    title: str
    applicability: Applicability = Applicability.SAFE
    declares: frozenset[str] = frozenset()
    why_unsafe: str = ""
    own: Callable[[ir.Cell], bool] = lambda _: False
    cures: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    assumes_true: bool = False
    reschedules: bool = False


@dataclass(frozen=True, slots=True)
class Fixer:
    """``name`` is a verb phrase (``use_set_nx``); ``title`` says in a few words what it does, for lists of rules.

    ``rewrite`` yields proposals, the best first, or raises :class:`Refused`. ``follows_calls``: it looks up by which
    call in the file of the read an act in another file is done (a ``save()`` that a base class overrides); the others
    are given no hazard whose ops stand in several files.
    """

    name: str
    title: str
    rewrite: Callable[[Subject], Iterator[Rewrite]]
    follows_calls: bool = False
