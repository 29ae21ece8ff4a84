"""Which findings are shown, and which make a run fail."""

from __future__ import annotations

import itertools

import pytest

from fenceline.analyzer.finding import Confidence, Severity
from fenceline.threshold import THRESHOLDS, Threshold, threshold_from
from tests.cli.conftest import Run, made
from tests.cli.racy import analysis_with, calls_safe

FINE = "import redis\n"
EVERY_KIND = [made(line=n, end_line=n, severity=severity, confidence=confidence)
              for n, (severity, confidence) in enumerate(itertools.product(Severity, Confidence), 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "severity", "confidence"),
    [
        ("error", Severity.ERROR, Confidence.LOW),
        ("high", Severity.INFO, Confidence.HIGH),
        ("warning/high", Severity.WARNING, Confidence.HIGH),
        ("/medium", Severity.INFO, Confidence.MEDIUM),
        ("error/", Severity.ERROR, Confidence.LOW),
        (" Warning/High ", Severity.WARNING, Confidence.HIGH),
        ("info/low", Severity.INFO, Confidence.LOW),
    ],
)
def test_thresholds(text: str, severity: Severity, confidence: Confidence):
    assert threshold_from(text) == Threshold(severity, confidence)


@pytest.mark.parametrize(
    "text", ["", "/", "bad", "high/error", "error/high/low", "error high", "error/sure", "high/high"]
)
def test_what_is_no_threshold(text: str):
    with pytest.raises(ValueError, match="SEVERITY"):
        threshold_from(text)


def test_a_threshold_is_met_from_below_by_nothing():
    threshold = Threshold(Severity.WARNING, Confidence.HIGH)
    met = {(one.severity, one.confidence) for one in EVERY_KIND if threshold.is_met_by(one)}
    assert met == {(Severity.WARNING, Confidence.HIGH), (Severity.ERROR, Confidence.HIGH)}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "error"), 0),
        (("--fail-on", "medium"), 1),
        (("--fail-on", "high"), 0),
        (("--fail-on", "warning/medium"), 1),
        (("--fail-on", "warning/high"), 0),
        (("--fail-on", "error/medium"), 0),
        (("--fail-on", "warning", "--exit-zero"), 0),
    ],
)
def test_a_run_fails_on_what_is_bad_enough_and_shows_all(project, run: Run, analysis_finds, options, code: int):
    project({"shop/stock.py": FINE})
    analysis_finds(made(severity=Severity.WARNING, confidence=Confidence.MEDIUM))
    outcome = run("check", *options)
    assert outcome.code == code
    assert "Found 1 hazard" in outcome.out


def test_fail_on_from_the_configuration_is_overruled(project, run: Run, analysis_finds):
    project({"pyproject.toml": '[tool.fenceline]\nfail-on = "error"\n', "shop/stock.py": FINE})
    analysis_finds(made(severity=Severity.WARNING))
    assert run("check").code == 0
    assert run("check", "--fail-on", "warning").code == 1


def test_an_internal_error_fails_whatever_is_asked(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    project({"a.py": FINE})
    monkeypatch.setattr("fenceline.examine.analyse_file", lambda *_: 1 / 0)
    assert run("check", "--fail-on", "error/high").code == 2


def test_a_wrong_threshold_is_wrong_usage(project, run: Run):
    project({"a.py": FINE})
    outcome = run("check", "--fail-on", "severe")
    assert outcome.code == 2
    assert f"'severe' is not {THRESHOLDS}" in outcome.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("fail-on = 'severe'", f"fail-on must be {THRESHOLDS}, not 'severe'"),
        ("fail-on = 3", f"fail-on must be {THRESHOLDS}, not 3"),
        ("min-severity = 'high'", "min-severity must be one of info, warning, error, not 'high'"),
    ],
)
def test_wrong_settings(project, run: Run, line: str, message: str):
    project({"pyproject.toml": f"[tool.fenceline]\n{line}\n", "a.py": FINE})
    outcome = run("check")
    assert outcome.code == 2
    assert message in outcome.err


@pytest.mark.parametrize(
    ("options", "shown"), [((), 6), (("--min-severity", "warning"), 4), (("--min-severity", "error"), 2)]
)
def test_min_severity(project, run: Run, analysis_finds, options: tuple[str, ...], shown: int):
    project({"shop/stock.py": FINE})
    analysis_finds(*EVERY_KIND)
    report = run("check", "--format", "json", *options).report()
    assert len(report["findings"]) == shown == report["summary"]["findings"]
    assert report["min_severity"] == (options[1] if options else "info")
    assert report["min_confidence"] == "medium"


def test_min_severity_from_the_configuration_is_overruled(project, run: Run, analysis_finds):
    project({"pyproject.toml": '[tool.fenceline]\nmin-severity = "error"\n', "shop/stock.py": FINE})
    analysis_finds(*EVERY_KIND)
    assert len(run("check", "--format", "json").rules()) == 2
    assert len(run("check", "--format", "json", "--min-severity", "info").rules()) == 6


def test_fix_makes_what_is_asked_for_and_fails_on_what_is_left(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    root = project({"a.py": "import redis\nracy(1)\nracy_stuck(2)\n"})
    monkeypatch.setattr("fenceline.examine.analyse_file", analysis_with(calls_safe))
    assert run("fix", "--min-severity", "error", "--fail-on", "error/high").code == 1
    assert "safe(1)" in (root / "a.py").read_text()
    project({"a.py": "import redis\nracy(1)\nracy_stuck(2)\n"})

    def warn(*args, **how):
        from dataclasses import replace

        return [replace(one, severity=Severity.WARNING) for one in analysis_with(calls_safe)(*args, **how)]

    monkeypatch.setattr("fenceline.examine.analyse_file", warn)
    assert run("fix", "--min-severity", "error").code == 0
    assert "racy(1)" in (root / "a.py").read_text()
    assert run("fix", "--fail-on", "error").code == 0
    assert "safe(1)" in (root / "a.py").read_text()
