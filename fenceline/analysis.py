"""The analysis of one file: from its path to its findings."""

from __future__ import annotations

from fenceline.analyzer.finding import Finding


def analyse_file(project: object, path: str) -> list[Finding]:
    """The findings of one file of the project, in no particular order; ``path`` is relative to the project's root."""
    del project, path
    return []
