"""Projects on disk, and the two ways to run the command line on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

import fenceline
from fenceline.analyzer.finding import Confidence, Finding, Place, Severity, fingerprint_of
from fenceline.analyzer.ir import TraceStep
from fenceline.cli import cli
from fenceline.report import json as json_report

BROKEN = "def reserve(sku:\n    return stock[sku\n"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    def report(self) -> dict[str, Any]:
        document = json.loads(self.out)
        jsonschema.validate(document, json_report.schema())
        return document

    def rules(self) -> list[str]:
        return [finding["rule"] for finding in self.report()["findings"]]

    def paths(self) -> list[str]:
        return [finding["path"] for finding in self.report()["findings"]]


Run = Callable[..., Outcome]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Writes files below a directory that is then the current one, and the root."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        for name, content in {"pyproject.toml": "", **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.chdir(root)
        return root

    return write


@pytest.fixture
def run() -> Run:
    """Runs a command in this process."""

    def invoke(*arguments: object) -> Outcome:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def program() -> Run:
    """Runs the program itself, in a process of its own."""

    def invoke(*arguments: object, env: Mapping[str, str] | None = None) -> Outcome:
        source = str(Path(fenceline.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-m", "fenceline", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": source, **(env or {})},
        )
        assert "Traceback" not in done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    return invoke


def made(rule: str = "FEN201", name: str = "get-then-update", **changes: Any) -> Finding:
    """A finding as a rule makes it."""
    values: dict[str, Any] = {
        "path": "shop/stock.py",
        "line": 41,
        "column": 8,
        "end_line": 44,
        "end_column": 29,
        "function": "reserve",
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "message": "stock:{sku} is read, tested and then decremented by separate Redis commands",
        "related": (Place("shop/stock.py", 44, 44, 9, 29, "the value is changed here"),),
        "trace": (
            TraceStep("A", "shop/stock.py", 41, "read", "GET stock:{sku}", "v0"),
            TraceStep("B", "shop/stock.py", 41, "read", "GET stock:{sku}", "v0"),
            TraceStep("A", "shop/stock.py", 44, "update", "DECR stock:{sku}", "v1"),
            TraceStep(
                "B", "shop/stock.py", 44, "update", "DECR stock:{sku}", note="decided on v0, which A has replaced"
            ),
        ),
        "premise": "two requests run reserve(sku) at once",
        "consequence": "no serial order of the two requests ends like this",
        **changes,
    }
    fingerprint = fingerprint_of(rule, values["function"], "stock:{sku}", "r.get(key)")
    return Finding(rule=rule, name=name, **{"fingerprint": fingerprint, **values})


@pytest.fixture
def analysis_finds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts made findings in the place of the analysis."""

    def put(*findings: Finding) -> None:
        def analyse(_project: object, path: str, *_rest: object) -> list[Finding]:
            return [finding for finding in findings if finding.path == path]

        monkeypatch.setattr("fenceline.examine.analyse_file", analyse)

    return put
