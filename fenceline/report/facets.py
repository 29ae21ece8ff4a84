"""Findings counted by what they can be told apart by: what a report draws, and what it can be narrowed down to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fenceline.analyzer.finding import Confidence, Finding, Severity
from fenceline.report.plain import printable

MOST_FOLDERS = 10
OTHER_FOLDERS = "other folders"

FAMILIES = {
    "1": "Scheduled work",
    "2": "Decisions on shared state",
    "3": "Messages and tasks",
    "4": "Distributed locks",
    "0": "About the linter's own work",
}
"""The hazard families, by the first digit of a code."""

FIXES = {"safe": "Safe fix", "unsafe": "Fix to look at", "display-only": "Fix to make by hand", "none": "No fix"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of a facet: what the page's address calls it, its words, and how many findings have it."""

    value: str
    label: str
    count: int
    share: int  # of the longest bar, in percent


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing by which findings differ."""

    name: str
    title: str
    bars: tuple[Bar, ...]


def family_of(finding: Finding) -> str:
    """The first digit of the code."""
    return finding.rule[3:4]


def fix_of(finding: Finding) -> str:
    """How far the fix of a finding can be trusted, 'none' without one."""
    return finding.fix.applicability if finding.fix is not None else "none"


def folders_of(findings: Sequence[Finding]) -> Callable[[Finding], str]:
    """Gives each finding a folder: as deep as leaves few enough of them, else the fullest of the outermost."""
    parents = [finding.path.split("/")[:-1] for finding in findings]
    depth = max(map(len, parents), default=0)
    while depth > 1 and len({tuple(one[:depth]) for one in parents}) > MOST_FOLDERS:
        depth -= 1
    counts = Counter("/".join(one[:depth]) for one in parents)
    kept = {name for name, _ in counts.most_common(MOST_FOLDERS)}

    def folder(finding: Finding) -> str:
        name = "/".join(finding.path.split("/")[:-1][:depth])
        return printable(f"{name}/" if name else "./") if name in kept else OTHER_FOLDERS

    return folder


def facets_of(findings: Sequence[Finding], folder: Callable[[Finding], str], *, with_fixes: bool) -> list[Facet]:
    """What the overview draws, in this order."""
    severities = [(str(one), str(one)) for one in reversed(Severity)]
    confidences = [(str(one), str(one)) for one in reversed(Confidence)]
    folders = Counter(map(folder, findings))
    names = {finding.rule: f"{finding.rule} {finding.name}" for finding in findings}
    facets = [
        _facet("family", "Hazard family", list(FAMILIES.items()), [family_of(one) for one in findings]),
        _facet("severity", "Severity", severities, [str(one.severity) for one in findings]),
        _facet("confidence", "Confidence", confidences, [str(one.confidence) for one in findings]),
    ]
    if with_fixes:
        facets.append(_facet("fix", "Fix", list(FIXES.items()), [fix_of(one) for one in findings]))
    by_count = sorted(folders, key=lambda name: (name == OTHER_FOLDERS, -folders[name], name))
    facets.append(_facet("folder", "Folder", [(one, one) for one in by_count], [folder(one) for one in findings]))
    facets.append(_facet("rule", "Rule", sorted(names.items()), [one.rule for one in findings]))
    return facets


def _facet(name: str, title: str, values: Sequence[tuple[str, str]], found: Sequence[str]) -> Facet:
    counts = Counter(found)
    most = max(counts.values(), default=1)
    bars = (Bar(value, label, counts[value], round(100 * counts[value] / most)) for value, label in values)
    return Facet(name, title, tuple(bar for bar in bars if bar.count))
