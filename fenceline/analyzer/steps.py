"""The lines of a trace: what a finding holds of the explorer, and all that a report needs of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One line of a trace. actor: 'A' or 'B'; ``note`` says why the step matters (``decided on v0, …``).

    ``store`` is what is shared that the step goes to: one of the words of :mod:`fenceline.analyzer.ir`, or what a model
    file calls a store; '' where it goes to none. ``held`` has, for the moment after the step, who holds which lock:
    pairs of an actor and a name; ``ROW_LOCK`` and ``TRANSACTION`` of that module are names as well.
    """

    actor: str
    path: str
    line: int
    kind: str
    text: str
    value: str = ""
    note: str = ""
    store: str = ""
    held: tuple[tuple[str, str], ...] = ()
