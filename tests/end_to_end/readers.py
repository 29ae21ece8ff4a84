"""What reports say, read by those whom they are for: schemas, libraries, a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SARIF_SCHEMA = HERE.parent / "reports" / "sarif-schema-2.1.0.json"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

_HEADLINE = re.compile(r"^(?P<path>[^:\s]+):(?P<line>\d+):\d+: (?P<rule>FEN\d{3}) ", re.MULTILINE)
_ANNOTATION = re.compile(r"^::\w+ file=(?P<path>[^,]+),line=(?P<line>\d+),.*?title=(?P<rule>FEN\d{3})", re.MULTILINE)
_HEADING = re.compile(r"^## (?P<rule>FEN\d{3}) \S+ `(?P<path>[^:]+):(?P<line>\d+)`", re.MULTILINE)


class NotAsItShouldError(Exception):
    """Something that is not as it has to be."""


class Found(NamedTuple):
    """A finding, by what every form of report tells of it."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


Reader = Callable[[Path], list[Found]]


def readers_of(suppressed: int | None) -> dict[str, Reader]:
    """For each form of report a reader; ``suppressed`` is how many findings a report has to tell of that are known."""

    def sarif(file: Path) -> list[Found]:
        return read_sarif(file, suppressed)

    def junit(file: Path) -> list[Found]:
        return read_junit(file, suppressed)

    return {
        "text": lambda file: matches(_HEADLINE, file),
        "json": read_json,
        "sarif": sarif,
        "sarif-github": lambda file: read_sarif(file, None),
        "github": lambda file: matches(_ANNOTATION, file),
        "gitlab": read_gitlab,
        "junit": junit,
        "markdown": lambda file: matches(_HEADING, file),
        "html": read_html,
    }


def matches(pattern: re.Pattern[str], file: Path) -> list[Found]:
    """The findings in lines of text."""
    return list(_matched(pattern, file.read_text("utf-8")))


def told_by_flake8(text: str) -> list[Found]:
    """The findings that flake8, or our own one-line form, has printed."""
    return [Found(one.path.removeprefix("./"), one.line, one.rule) for one in _matched(_HEADLINE, text)]


def _matched(pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    for one in pattern.finditer(text):
        yield Found(one["path"], int(one["line"]), one["rule"])


def read_json(file: Path) -> list[Found]:
    """Our own form, by its schema."""
    import jsonschema

    from fenceline.report import json as contract

    document = json.loads(file.read_text("utf-8"))
    jsonschema.validate(document, contract.schema())
    return [Found(one["path"], one["line"], one["rule"]) for one in document["findings"]]


def read_sarif(file: Path, suppressed: int | None) -> list[Found]:
    """SARIF, by the official schema; what is suppressed counts for nothing."""
    import jsonschema

    log = json.loads(file.read_text("utf-8"))
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    schema = json.loads(SARIF_SCHEMA.read_text("utf-8"))
    for error in jsonschema.Draft4Validator(schema, format_checker=checker).iter_errors(log):
        raise NotAsItShouldError(f"{file}: {list(error.path)}: {error.message}")
    results = [one for run in log["runs"] for one in run["results"]]
    silent = [one for one in results if one.get("suppressions")]
    if suppressed is not None and len(silent) != suppressed:
        raise NotAsItShouldError(f"{file}: {len(silent)} suppressed results, not {suppressed}")
    return [_of_result(one) for one in results if not one.get("suppressions")]


def _of_result(result: dict[str, Any]) -> Found:
    place = result["locations"][0]["physicalLocation"]
    return Found(place["artifactLocation"]["uri"], place["region"]["startLine"], result["ruleId"])


def read_gitlab(file: Path) -> list[Found]:
    """GitLab's code quality: it keeps one entry a fingerprint."""
    entries = json.loads(file.read_text("utf-8"))
    if len({one["fingerprint"] for one in entries}) != len(entries):
        raise NotAsItShouldError(f"{file}: two entries with one fingerprint")
    severities = {one["severity"] for one in entries}
    if not severities <= {"info", "minor", "major", "critical", "blocker"}:
        raise NotAsItShouldError(f"{file}: severities {severities}")
    return [Found(one["location"]["path"], one["location"]["lines"]["begin"], one["check_name"]) for one in entries]


def read_junit(file: Path, suppressed: int | None) -> list[Found]:
    """JUnit's XML, by a library."""
    from junitparser import JUnitXml, Skipped

    cases = [case for suite in JUnitXml.fromfile(str(file)) for case in suite]
    skipped = [case for case in cases if any(isinstance(one, Skipped) for one in case.result)]
    if suppressed is not None and len(skipped) != suppressed:
        raise NotAsItShouldError(f"{file}: {len(skipped)} skipped cases, not {suppressed}")
    failed = [case for case in cases if case.result and case not in skipped]
    elements = [case._elem for case in failed]  # the library has no name for file and line
    return [Found(one.attrib["file"], int(one.attrib["line"]), one.attrib["name"].split()[0]) for one in elements]


def read_html(file: Path) -> list[Found]:
    """The web page, as Chromium has it: nothing may be asked of a network, and nothing go wrong."""
    from playwright.sync_api import sync_playwright

    trouble: list[str] = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda one: one.url.startswith(("file:", "data:")) or trouble.append(one.url))
        page.goto(file.resolve().as_uri())
        cards = page.locator("article.finding").evaluate_all(
            "all => all.map(one => [one.dataset.rule, one.querySelector('.where code').textContent])"
        )
        lanes = page.locator("article.finding .lanes").count()
        browser.close()
    if trouble:
        raise NotAsItShouldError(f"{file}: {trouble}")
    if cards and not lanes:
        raise NotAsItShouldError(f"{file}: no interleaving is drawn")
    return [Found(*_place(where), rule) for rule, where in cards]


def _place(where: str) -> tuple[str, int]:
    path, line, _ = where.rsplit(":", 2)
    return path, int(line)
