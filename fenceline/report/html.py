"""The report as one HTML file that needs nothing else: no server, no network, no other file.

Text of the project reaches the page through the escaping of the templates alone, and the page's own policy admits no
script and no style but the two that are in it, known by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import fenceline
from fenceline.analyzer.finding import Finding, Fix, Severity
from fenceline.report.accuracy import accuracy_of
from fenceline.report.document import Report, RunError
from fenceline.report.drawing import Drawing, drawing_of
from fenceline.report.excerpts import Excerpt, Sources, excerpts_of
from fenceline.report.facets import Facet, facets_of, family_of, fix_of, folders_of
from fenceline.report.patch_view import FilePatch, patches_of
from fenceline.report.plain import counted, printable
from fenceline.rules import all_rules
from fenceline.rules.rule import HEADINGS, Rule

MOST_AT_ONCE = 250
"""Findings whose bodies a browser can take in before anybody notices, about 150 elements each."""

_CODE = re.compile(r"``(.+?)``", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Card:
    """What is shown of one finding."""

    finding: Finding
    id: str
    family: str
    folder: str
    fix_kind: str
    excerpts: list[Excerpt]
    drawing: Drawing | None
    patches: list[FilePatch]

    @property
    def fix(self) -> Fix | None:
        """That of the finding."""
        return self.finding.fix


@dataclass(frozen=True, slots=True)
class _Page:
    """All that the template asks for."""

    report: Report
    title: str
    made: datetime
    facets: list[Facet]
    files: list[tuple[str, list[_Card]]]
    rules: list[Rule]
    errors: list[RunError]

    @property
    def count(self) -> int:
        return len(self.report.findings)

    @property
    def is_put_off(self) -> bool:
        """Whether the findings are so many that a browser should make elements of those alone that are looked at."""
        return self.count > MOST_AT_ONCE

    def fixes(self, applicability: str) -> int:
        """How many findings have a fix of this applicability."""
        return sum(fix_of(one) == applicability for one in self.report.findings)


def render(report: Report) -> str:
    """The page. Source is read from the report's root now; a file that is not there any more is said to be so."""
    style, script = _part("report.css"), _part("report.js")
    page = _page_of(report)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            report=report,
            policy=_policy(style, script),
            style=Markup(style),  # noqa: S704 - parts of this program, not of the project
            script=Markup(script),  # noqa: S704
            version=fenceline.__version__,
        )
    )


def _part(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """What the browser may do with the page: use these two parts of it, and show the icon in its tab."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fenceline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_safe_to_show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": _prose, "accuracy": accuracy_of}
    environment.globals |= {"counted": counted, "least": Severity.INFO}
    return environment


def _safe_to_show(value: object) -> object:
    """What templates put out: of text, what would not print is escaped; what is markup already is left as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _page_of(report: Report) -> _Page:
    findings = report.findings
    folder, sources = folders_of(findings), Sources(report.file)
    ids = _ids(findings)
    files: dict[str, list[_Card]] = {}
    for finding, name in zip(findings, ids, strict=True):
        files.setdefault(printable(finding.path), []).append(_card(finding, name, folder(finding), sources))
    used = {one.rule for one in findings}
    return _Page(
        report,
        _title(report),
        _now(),
        facets_of(findings, folder, with_fixes=report.with_fixes),
        list(files.items()),
        [rule for rule in all_rules() if rule.code in used],
        list(report.summary.errors),
    )


def _title(report: Report) -> str:
    if report.repositories:
        return counted(len(report.repositories), "repository", "repositories")
    return printable(report.root.resolve().name) or "project"


def _card(finding: Finding, name: str, folder: str, sources: Sources) -> _Card:
    return _Card(
        finding,
        name,
        family_of(finding),
        folder,
        fix_of(finding),
        excerpts_of(finding, sources),
        drawing_of(finding.trace, finding.path),
        patches_of(finding.fix, sources) if finding.fix is not None else [],
    )


def _ids(findings: Sequence[Finding]) -> Iterator[str]:
    """A name in the page for each finding: its fingerprint, with a number where another file has the same."""
    seen: dict[str, int] = {}
    for finding in findings:
        name = re.sub(r"[^0-9A-Za-z]", "", finding.fingerprint) or "finding"
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _now() -> datetime:
    """When the page is made; ``SOURCE_DATE_EPOCH`` (seconds since 1970) stands for now where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)


def _prose(text: str) -> list[tuple[str, list[list[tuple[bool, str]]]]]:
    """A docstring as sections: a heading ('' for what comes first) and paragraphs of text, some of it code."""
    sections: list[tuple[str, list[list[tuple[bool, str]]]]] = [("", [])]
    for block in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        first, _, rest = block.partition("\n")
        if first in HEADINGS:
            sections.append((first, []))
            block = rest.partition("\n")[2]  # noqa: PLW2901 - below the line under the heading
        if block.strip():
            sections[-1][1].append(_with_code(" ".join(block.split())))
    return sections


def _with_code(text: str) -> list[tuple[bool, str]]:
    return [(bool(number % 2), part) for number, part in enumerate(_CODE.split(text)) if part]
