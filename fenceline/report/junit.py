"""Findings as JUnit's XML, for places that show the results of tests: a finding is a test that fails.

What is suppressed is a test that is skipped; where nothing is found there is one test, which passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET  # nothing is parsed here

from fenceline.analyzer.finding import Finding
from fenceline.report.document import Report
from fenceline.report.places import seen_from_repository
from fenceline.report.plain import printable
from fenceline.report.told import told


def render(report: Report) -> str:
    """The report as one suite of tests. Of its texts, what XML cannot hold is escaped as in Python."""
    report = seen_from_repository(report)
    suite = ET.Element("testsuite", name="fenceline")
    cases = [*_cases(report)] or [ET.Element("testcase", classname="fenceline", name="no hazards", time="0")]
    suite.extend(cases)
    kinds = Counter(part.tag for case in cases for part in case)
    counts = {
        "tests": str(len(cases)),
        "failures": str(kinds["failure"]),
        "errors": str(kinds["error"]),
        "skipped": str(kinds["skipped"]),
        "time": f"{report.summary.seconds:.3f}",
    }
    suite.attrib |= counts
    suites = ET.Element("testsuites", {"name": "fenceline", **counts})
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


_FAILURES = {"internal": "internal error", "failed": "not checked"}


def _cases(report: Report) -> Iterator[ET.Element]:
    seen: Counter[tuple[str, str]] = Counter()
    for one in report.findings:
        case = _case(one, seen)
        kind = f"{one.severity}, confidence {one.confidence}"
        failure = ET.SubElement(case, "failure", message=printable(one.message), type=kind)
        place = f"{one.path}:{one.line}:{one.column}"
        headline = f"{printable(place)}: {one.rule} {one.name}: {printable(one.message)}"
        failure.text = f"{headline}\n{told(one)}".rstrip()
        yield case
    for hidden in report.suppressed:
        case = _case(hidden.finding, seen)
        reason = f": {hidden.reason}" if hidden.reason else ""
        ET.SubElement(case, "skipped", message=printable(f"suppressed by a {hidden.where}{reason}"))
        yield case
    for error in report.summary.errors:
        if error.is_failure:
            path = printable(error.path)
            case = ET.Element("testcase", classname=path, name=_FAILURES[error.kind], file=path, time="0")
            ET.SubElement(case, "error", message=printable(error.message), type=error.kind)
            yield case


def _case(finding: Finding, seen: Counter[tuple[str, str]]) -> ET.Element:
    """A test whose name stays the same when lines move, so that a place that compares runs knows it again."""
    path = printable(finding.path)
    where = f" in {printable(finding.function)}" if finding.function else ""
    name = f"{finding.rule} {finding.name}{where}"
    seen[path, name] += 1
    number = f" ({seen[path, name]})" if seen[path, name] > 1 else ""
    attributes = {"classname": path, "name": name + number, "file": path, "line": str(finding.line), "time": "0"}
    return ET.Element("testcase", attributes)
