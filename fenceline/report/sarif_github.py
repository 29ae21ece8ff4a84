"""SARIF as GitHub's code scanning takes it: it knows no suppressions, and would show what is suppressed as open."""

from __future__ import annotations

from dataclasses import replace

from fenceline.report import sarif
from fenceline.report.document import Report


def render(report: Report) -> str:
    """The log without the findings that are suppressed: their alerts close."""
    return sarif.render(replace(report, suppressed=()))
