"""SARIF: valid by the official schema, read by a library, and as the places want it that show it."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest
from sarif_pydantic import Sarif

from fenceline.analyzer.finding import Confidence, Edit, Severity
from fenceline.analyzer.ir import TraceStep
from fenceline.baseline import Applied
from fenceline.fixers.edits import apply_edits
from fenceline.report import sarif, sarif_github, sarif_results
from fenceline.report.document import Report, RunError, Suppressed
from fenceline.rules import all_rules
from tests.cli.conftest import made
from tests.reports.reports import FIX, HOSTILE, REACHED, full, hostile, report_of

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text("utf-8"))
"""The schema of the standard, errata 01, as it is published in https://github.com/oasis-tcs/sarif-spec
(sarif-2.1/schema/sarif-schema-2.1.0.json, commit a560296ca8c921f3bdb8d4a8db57ab83dae968a7)."""


def run_of(report: Report, render: Any = sarif.render) -> dict[str, Any]:
    """The one run of the log that a report is rendered to; the log is valid, and a library can read it."""
    log = json.loads(render(report).encode())
    validator = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(log)] == []
    assert len(Sarif.model_validate(log).runs) == 1
    return log["runs"][0]


def only(report: Report, render: Any = sarif.render) -> dict[str, Any]:
    (result,) = run_of(report, render)["results"]
    return result


def path_of(location: dict[str, Any]) -> str:
    physical = location.get("physicalLocation", location)
    artifact = physical["artifactLocation"]
    assert artifact["uriBaseId"] == "%SRCROOT%"
    parts = urlsplit(artifact["uri"])
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert not parts.path.startswith("/")
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", artifact["uri"])
    return unquote_to_bytes(artifact["uri"]).decode("utf-8", "surrogateescape")


def test_a_run_that_finds_nothing():
    run = run_of(report_of())
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str):
    run = run_of(hostile(text))
    result = run["results"][0]
    if "\ud800" not in text:
        assert path_of(result["locations"][0]) == f"shop/{text}.py"
    assert "](http" not in re.sub(r"\\\[[^\]]*\]\(http", "", result["message"]["text"])
    assert len(run["results"]) == 3


def test_a_finding_is_a_result():
    result = only(report_of(made(reached=REACHED)))
    assert result["ruleId"] == "FEN201"
    assert (result["level"], result["rank"], result["properties"]) == ("error", 90.0, {"confidence": "high"})
    assert result["partialFingerprints"] == {"fenceline/v1": made().fingerprint}
    (location,) = result["locations"]
    assert path_of(location) == "shop/stock.py"
    assert location["physicalLocation"]["region"] == {
        "startLine": 41, "startColumn": 8, "endLine": 44, "endColumn": 29,
    }  # fmt: skip
    assert location["logicalLocations"] == [{"fullyQualifiedName": "reserve", "kind": "function"}]
    assert result["message"]["text"] == (
        "stock:{sku} is read, tested and then decremented by separate Redis commands.\n"
        "Two requests run reserve(sku) at once: no serial order of the two requests ends like this.\n"
        "See: [the value is changed here](1)."
    )
    assert [(one["id"], path_of(one), one["message"]["text"]) for one in result["relatedLocations"]] == [
        (1, "shop/stock.py", "the value is changed here"),
        (2, "shop/views.py", "here comes in POST /checkout"),
        (3, "shop/stock.py", "on the way from POST /checkout"),
    ]


@pytest.mark.parametrize(("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "note")])
@pytest.mark.parametrize("confidence", Confidence)
def test_levels_and_ranks(severity: str, level: str, confidence: Confidence):
    result = only(report_of(made(severity=Severity(severity), confidence=confidence)))
    assert result["level"] == level
    assert result["rank"] == {"low": 30, "medium": 60, "high": 90}[str(confidence)]


def test_a_thread_flow_a_replica_and_one_order_of_all_steps():
    finding = made()
    (flow,) = only(report_of(finding))["codeFlows"]
    assert flow["message"]["text"] == finding.premise
    assert [one["id"] for one in flow["threadFlows"]] == ["replica A", "replica B"]
    steps = sorted(
        (step["executionOrder"], one["id"], step) for one in flow["threadFlows"] for step in one["locations"]
    )
    assert [(order, replica) for order, replica, _ in steps] == [
        (n, f"replica {step.actor}") for n, step in enumerate(finding.trace, 1)
    ]
    for one in flow["threadFlows"]:
        orders = [step["executionOrder"] for step in one["locations"]]
        assert orders == sorted(orders)
    assert [step["location"]["message"]["text"] for *_, step in steps] == [
        "1. A: GET stock:{sku} → v0",
        "2. B: GET stock:{sku} → v0",
        "3. A: DECR stock:{sku} → v1",
        "4. B: DECR stock:{sku} (decided on v0, which A has replaced)",
    ]
    assert [(step["kinds"], step["importance"]) for *_, step in steps] == [
        (["memory", "read"], "important"), (["memory", "read"], "important"),
        (["memory", "update"], "important"), (["memory", "update"], "essential"),
    ]  # fmt: skip
    assert [step["location"]["physicalLocation"]["region"] for *_, step in steps] == [
        {"startLine": line} for line in (41, 41, 44, 44)
    ]


def test_a_finding_without_an_interleaving_has_no_flow():
    result = only(report_of(made(trace=(), premise="", consequence="", related=())))
    assert "codeFlows" not in result
    assert "relatedLocations" not in result
    assert result["message"]["text"].endswith("commands.")


def test_what_is_held_is_the_state_after_a_step():
    held = (("A", "lock:x"), ("A", "row lock"), ("B", "transaction"))
    trace = (
        TraceStep("A", "a.py", 3, "acquire", "ACQUIRE lock:x", held=held),
        TraceStep("B", "a.py", 4, "read", "GET"),
    )
    first, second = (flow["locations"][0] for flow in only(report_of(made(trace=trace)))["codeFlows"][0]["threadFlows"])
    assert first["state"] == {
        "replica A holds": {"text": "lock:x, row lock"}, "replica B holds": {"text": "transaction"},
    }  # fmt: skip
    assert first["kinds"] == ["acquire", "lock"]
    assert "state" not in second


def test_long_traces_and_many_places_are_cut_where_github_cuts_them(monkeypatch: pytest.MonkeyPatch):
    steps = tuple(TraceStep("AB"[n % 2], "a.py", n + 1, "read", "GET x") for n in range(1300))
    places = tuple(dataclasses.replace(made().related[0], line=n + 1, end_line=n + 1) for n in range(140))
    result = only(report_of(made(trace=steps, related=places)))
    flows = result["codeFlows"][0]["threadFlows"]
    assert sum(len(flow["locations"]) for flow in flows) == 1000
    assert len(result["relatedLocations"]) == 99
    known = {one["id"] for one in result["relatedLocations"]}
    assert {int(number) for number in re.findall(r"\]\((\d+)\)", result["message"]["text"])} <= known


def test_the_worst_and_surest_results_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    findings = [
        made(line=n, end_line=n, severity=severity, confidence=confidence)
        for n, (severity, confidence) in enumerate(
            [(Severity.INFO, Confidence.HIGH), (Severity.ERROR, Confidence.LOW), (Severity.WARNING, Confidence.LOW),
             (Severity.ERROR, Confidence.HIGH), (Severity.WARNING, Confidence.HIGH)], 1)
    ]  # fmt: skip
    hidden = tuple(Suppressed(made(line=n, end_line=n), "comment", "why") for n in (7, 8))
    run = run_of(report_of(*findings, suppressed=hidden))
    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]] == [2, 4, 5]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "4 results left out, the least severe and least sure: a run has 3 at most"
    run = run_of(report_of(*findings[:2], suppressed=hidden))
    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]] == [1, 2, 7]


def test_every_rule_is_described():
    rules = run_of(report_of())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in all_rules()]
    for described, rule in zip(rules, all_rules(), strict=True):
        assert described["shortDescription"]["text"] == rule.summary
        assert 20 < len(described["fullDescription"]["text"]) <= 1024
        assert "---" not in described["fullDescription"]["text"]
        assert "## What it claims" in described["help"]["markdown"]
        assert "What it claims\n---" in described["help"]["text"]
        assert "``" not in described["help"]["markdown"]
        assert described["defaultConfiguration"] == {
            "enabled": rule.default_on, "level": {"info": "note"}.get(str(rule.severity), str(rule.severity)),
        }  # fmt: skip
        properties = described["properties"]
        assert 0 < len(properties["tags"]) <= 20
        assert len(set(properties["tags"])) == len(properties["tags"])
        assert properties["problem.severity"] in {"error", "warning", "recommendation"}
        assert properties.get("precision", "low") in {"very-high", "high", "medium", "low"}
        assert described.get("helpUri") == (rule.references[0] if rule.references else None)


def test_results_point_to_their_rules():
    run = run_of(full())
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_fixes_are_replacements():
    result = only(report_of(made(fix=FIX), with_fixes=True))
    (fix,) = result["fixes"]
    assert fix["description"]["text"] == "test and set it in one script (somebody has to look)"
    assert fix["properties"] == {"fixer": "one_script", "applicability": "unsafe", "verified": True}
    (change,) = fix["artifactChanges"]
    assert path_of(change) == "shop/stock.py"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
            "insertedContent": {"text": "from shop.scripts import one_script\n"},
        },
        {
            "deletedRegion": {"startLine": 44, "startColumn": 9, "endLine": 44, "endColumn": 29},
            "insertedContent": {"text": "one_script(client, key)"},
        },
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_what_a_reader_of_sarif_makes_of_a_fix_is_what_we_make(newline: str):
    text = newline.join(["import redis", "größe = '🔒'; x = old()", "def f():", "    pass", ""])
    edits = (
        Edit("a.py", 2, 19, 2, 24, "new()"),
        Edit("a.py", 4, 1, 5, 1, ""),
        Edit("a.py", 1, 1, 1, 1, f"# é{newline}"),
    )
    fix = dataclasses.replace(FIX, edits=edits)
    run = run_of(report_of(made(fix=fix)))
    assert run["columnKind"] == "unicodeCodePoints"
    assert newline in run["newlineSequences"]
    lines = [line + newline for line in text.split(newline)]
    starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
    made_text = text
    for one in reversed(run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"]):
        region = one["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        made_text = made_text[:start] + one["insertedContent"]["text"] + made_text[end:]
    assert made_text == apply_edits(text, [(e.line, e.column, e.end_line, e.end_column, e.text) for e in edits])


@pytest.mark.parametrize("edits", [(), (Edit("a.py", 1, 1, 1, 2, "\udcff"),)])
def test_a_fix_without_edits_that_can_be_written_is_left_out(edits: tuple[Edit, ...]):
    assert "fixes" not in only(report_of(made(fix=dataclasses.replace(FIX, edits=edits))))


def test_suppressed_findings_are_results_with_the_reason():
    results = run_of(full())["results"]
    assert [one["suppressions"] for one in results] == [
        [], [], [],
        [{"kind": "inSource", "status": "accepted", "justification": "one worker"}],
        [{"kind": "external", "status": "accepted"}],
    ]  # fmt: skip
    assert [one.get("baselineState") for one in results] == ["new", "new", "new", None, "unchanged"]


def test_without_a_baseline_there_is_no_state_of_one():
    report = report_of(made(), suppressed=(Suppressed(made(line=80, end_line=80), "comment", "one worker"),))
    assert [one.get("baselineState") for one in run_of(report)["results"]] == [None, None]


def test_with_a_baseline_that_has_nothing_of_it_a_finding_is_new():
    assert only(report_of(made(), baseline=Applied(())))["baselineState"] == "new"


def test_github_is_given_nothing_that_is_suppressed():
    report = full()
    results = run_of(report, sarif_github.render)["results"]
    assert len(results) == len(report.findings)
    assert all(one["suppressions"] == [] for one in results)


def test_what_could_not_be_read_is_notified():
    errors = (RunError("a b.py", "unreadable", "invalid syntax", 7, 3), RunError("c.py", "internal", "KeyError: 'x'"))
    (invocation,) = run_of(report_of(errors=errors))["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [
        (one["level"], one["message"]["text"], one["descriptor"]["id"], one["locations"][0]["physicalLocation"])
        for one in invocation["toolExecutionNotifications"]
    ]
    assert told == [
        ("warning", "invalid syntax", "unreadable", {
            "artifactLocation": {"uri": "a%20b.py", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 7, "startColumn": 3},
        }),
        ("error", "KeyError: 'x'", "internal", {"artifactLocation": {"uri": "c.py", "uriBaseId": "%SRCROOT%"}}),
    ]  # fmt: skip


def test_places_are_relative_to_the_repository(tmp_path: Path):
    root = tmp_path / "re po" / "services" / "shop"
    root.mkdir(parents=True)
    (tmp_path / "re po" / ".git").mkdir()
    run = run_of(report_of(made(), root=root))
    assert path_of(run["results"][0]["locations"][0]) == "services/shop/shop/stock.py"
    base = run["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert base == (tmp_path / "re po").as_uri() + "/"


def test_only_what_we_link_is_a_link():
    text = "[x](1) a[0](b) [y] [z](http://evil.example)"
    shown = only(report_of(made(message=text)))["message"]["text"].splitlines()[0]
    assert shown == r"\[x](1) a\[0](b) [y] \[z](http://evil.example)."
    assert sarif_results._label("a[0]\\") == r"a\[0\]\\"
