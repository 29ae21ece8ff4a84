"""One finding as a result of SARIF: its places, the interleaving with a thread flow a replica, its fix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fenceline.analyzer.finding import Confidence, Edit, Finding, Fix
from fenceline.analyzer.steps import TraceStep
from fenceline.report.document import Suppressed
from fenceline.report.sarif_rules import LEVELS

MOST_STEPS = 1000
"""Thread flow locations that GitHub shows of a result."""

MOST_PLACES = 99
"""Further places of a result: GitHub takes 100, with its own."""

_RANKS = {Confidence.HIGH: 90.0, Confidence.MEDIUM: 60.0, Confidence.LOW: 30.0}
_KINDS = {
    "acquire": ["acquire", "lock"],
    "release": ["release", "lock"],
    "wait": ["lock"],
    "read": ["memory"],
    "write": ["memory"],
    "update": ["memory"],
    "send": ["call"],
    "external": ["call"],
    "crash": ["danger"],
    "expiry": ["danger"],
}
"""What a step is in words that SARIF knows, before our own; others have our own alone."""

_LINK = re.compile(r"\[(?=[^\]]*\]\()")

_Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """Makes locations. ``uri`` gives that of a path, relative to the source root."""

    uri: Callable[[str], str]

    def artifact(self, path: str) -> _Object:
        """The file that a path leads to."""
        return {"uri": self.uri(path), "uriBaseId": "%SRCROOT%"}

    def location(self, path: str, *region: int, message: str = "") -> _Object:
        """A place: first line and column, and last line and the column after, as far as they are known."""
        physical: _Object = {"artifactLocation": self.artifact(path)}
        if region:
            physical["region"] = region_of(*region)
        place: _Object = {"physicalLocation": physical}
        if message:
            place["message"] = {"text": inert(message)}
        return place


def region_of(line: int, column: int = 0, end_line: int = 0, end_column: int = 0) -> _Object:
    """A part of a text; what is not known (0) is left out."""
    values = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {name: value for name, value in values.items() if value > 0}


def inert(text: str) -> str:
    """A message in which nothing becomes a link."""
    return _LINK.sub(r"\\[", text)


def result(
    finding: Finding, rule_index: int, places: Places, suppressed: Suppressed | None, *, has_baseline: bool
) -> _Object:
    """A finding; ``has_baseline``: some are known from before."""
    made: _Object = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "rank": _RANKS[finding.confidence],
        "message": {"text": _message(finding)},
        "locations": [_primary(finding, places)],
        "partialFingerprints": {"fenceline/v1": finding.fingerprint},
        "suppressions": [_suppression(suppressed)] if suppressed is not None else [],
        "properties": {"confidence": str(finding.confidence)},
    }
    if related := [*_related(finding, places)]:
        made["relatedLocations"] = related
    if finding.trace:
        made["codeFlows"] = [_code_flow(finding, places)]
    if finding.fix is not None and finding.fix.edits and _is_encodable(finding.fix):
        made["fixes"] = [_fix(finding.fix, places)]
    if has_baseline and (suppressed is None or suppressed.where == "baseline"):
        made["baselineState"] = "new" if suppressed is None else "unchanged"
    return made


def _message(finding: Finding) -> str:
    """The fact; the story that proves it; links to the other places, by their ids."""
    story = ": ".join(part for part in (finding.premise, finding.consequence) if part)
    links = ", ".join(
        f"[{_label(place.message)}]({number})" for number, place in enumerate(finding.related[:MOST_PLACES], start=1)
    )
    parts = [f"{inert(finding.message)}."]
    if story:
        parts.append(f"{inert(story[0].upper() + story[1:])}.")
    if links:
        parts.append(f"See: {links}.")
    return "\n".join(parts)


def _label(text: str) -> str:
    """A text between the brackets of a link."""
    return re.sub(r"([\[\]\\])", r"\\\1", text)


def _primary(finding: Finding, places: Places) -> _Object:
    place = places.location(finding.path, finding.line, finding.column, finding.end_line, finding.end_column)
    if finding.function:
        place["logicalLocations"] = [{"fullyQualifiedName": finding.function, "kind": "function"}]
    return place


def _related(finding: Finding, places: Places) -> Iterable[_Object]:
    """The other places of the finding, and the way from the entry point to it; numbered from 1."""
    told = [
        places.location(one.path, one.line, one.column, one.end_line, one.end_column, message=one.message)
        for one in finding.related
    ]
    if finding.reached is not None:
        chain = finding.reached.chain
        for number, hop in enumerate(chain):
            what = "on the way from" if number else "here comes in"
            told.append(places.location(hop.path, hop.line, message=f"{what} {finding.reached.title}"))
    for number, place in enumerate(told[:MOST_PLACES], start=1):
        yield {"id": number, **place}


def _code_flow(finding: Finding, places: Places) -> _Object:
    """The interleaving: a flow a replica, and the order of the steps over all flows."""
    flows: dict[str, list[_Object]] = {}
    for order, step in enumerate(finding.trace[:MOST_STEPS], start=1):
        flows.setdefault(step.actor, []).append(_step(step, order, places))
    return {
        "message": {"text": inert(finding.premise or finding.message)},
        "threadFlows": [
            {"id": f"replica {actor}", "message": {"text": f"replica {actor}"}, "locations": steps}
            for actor, steps in sorted(flows.items())
        ],
    }


def _step(step: TraceStep, order: int, places: Places) -> _Object:
    told = f"{order}. {step.actor}: {step.text}" + (f" → {step.value}" if step.value else "")
    note = f" ({step.note})" if step.note else ""
    kinds = _KINDS.get(step.kind, [])
    state = {f"replica {actor} holds": {"text": name} for actor, name in _held(step)}
    made: _Object = {
        "location": places.location(step.path, step.line, message=told + note),
        "executionOrder": order,
        "kinds": kinds if step.kind in kinds else [*kinds, step.kind],
        "importance": "essential" if step.note else "important",
    }
    if state:
        made["state"] = state
    return made


def _held(step: TraceStep) -> Iterable[tuple[str, str]]:
    """For each actor that holds something after a step, what it holds."""
    for actor in dict.fromkeys(actor for actor, _ in step.held):
        yield actor, ", ".join(name for who, name in step.held if who == actor)


def _is_encodable(fix: Fix) -> bool:
    """Whether what is inserted can be written in JSON as it is."""
    return not any("\ud800" <= character <= "\udfff" for edit in fix.edits for character in edit.text)


def _fix(fix: Fix, places: Places) -> _Object:
    why = f" ({fix.why_unsafe})" if fix.why_unsafe else ""
    paths = dict.fromkeys(edit.path for edit in fix.edits)
    return {
        "description": {"text": f"{fix.title}{why}"},
        "artifactChanges": [
            {
                "artifactLocation": places.artifact(path),
                "replacements": _replacements([edit for edit in fix.edits if edit.path == path]),
            }
            for path in paths
        ],
        "properties": {"fixer": fix.fixer, "applicability": fix.applicability, "verified": fix.verified},
    }


def _replacements(edits: Sequence[Edit]) -> list[_Object]:
    ordered = sorted(edits, key=lambda edit: (edit.line, edit.column, edit.end_line, edit.end_column))
    return [
        {
            "deletedRegion": region_of(edit.line, edit.column, edit.end_line, edit.end_column),
            "insertedContent": {"text": edit.text},
        }
        for edit in ordered
    ]


def _suppression(suppressed: Suppressed) -> _Object:
    entry: _Object = {
        "kind": "external" if suppressed.where == "baseline" else "inSource",
        "status": "accepted",
    }
    if suppressed.reason:
        entry["justification"] = suppressed.reason
    return entry
