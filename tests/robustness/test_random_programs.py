"""Whatever a program looks like, the analysis of it ends, and ends without an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from fenceline.analyzer.models import Models, load_models
from fenceline.linking import judging
from fenceline.linking.analysis import analyse_file, open_project
from fenceline.rules import all_rules
from fenceline.timings import Timings
from tests.robustness.programs import programs


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@pytest.fixture(scope="module", autouse=True)
def small_searches():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "STATE_CAP", 200)
        yield


def compiles(source: str) -> bool:
    try:
        compile(source, "program.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=programs)
def test_the_analysis_of_any_program_ends_in_findings(source: str, models: Models, folder: Path):
    assume(compiles(source))
    folder.joinpath("program.py").write_text(source, encoding="utf-8")
    findings = analyse_file(open_project(folder, models), "program.py", all_rules(), Timings())
    lines = source.count("\n") + 1
    for finding in findings:
        assert finding.path == "program.py"
        assert 1 <= finding.line <= finding.end_line <= lines
        assert all(1 <= step.line <= lines for step in finding.trace)
