"""What a command imports: no more than it needs, so that it answers at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HAZARD = """import redis

client = redis.Redis()


def reserve(sku):
    if int(client.get(f"stock:{sku}")) > 0:
        client.decr(f"stock:{sku}")
"""

LISTING = """import json, sys
from fenceline.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""

HEAVY = {
    "astroid",
    "concurrent.futures",
    "fenceline.flake8_plugin",
    "jinja2",
    "libcst",
    "multiprocessing",
    "tree_sitter",
    "tree_sitter_python",
}
"""What belongs to the analysis, to fixes or to HTML."""

OF_THE_ANALYSIS = {
    "fenceline.analyzer.ir",
    "fenceline.analyzer.models",
    "fenceline.analyzer.nodes",
    "fenceline.examine",
    "fenceline.fixers.fixer",
    "fenceline.linking.analysis",
    "fenceline.queries",
    "fenceline.workers",
}

OF_A_RUN = {
    "fenceline.analyzer",
    "fenceline.config",
    "fenceline.engine",
    "fenceline.report.document",
    "fenceline.rules",
    "importlib.metadata",
    "pathspec",
    "secrets",
    "subprocess",
}
"""What only a run needs."""


def imported_by(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a process has imported that was given these arguments."""
    command = [sys.executable, "-c", LISTING, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in {0, 1}, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", "--help"), ("fix", "--help")])
def test_help_imports_nothing_of_a_run(arguments: tuple[str, ...], tmp_path: Path):
    assert imported_by(*arguments, cwd=tmp_path) & (HEAVY | OF_THE_ANALYSIS | OF_A_RUN) == set()


def test_the_list_of_rules_needs_none_of_their_queries(tmp_path: Path):
    assert imported_by("rules", cwd=tmp_path) & (HEAVY | OF_THE_ANALYSIS) == set()


def test_a_run_for_which_all_is_kept_imports_nothing_that_analyses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FENCELINE_NO_CACHE", raising=False)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "stock.py").write_text(HAZARD)
    first = imported_by("check", cwd=tmp_path)
    assert {"fenceline.queries", "fenceline.workers", "tree_sitter"} <= first
    for again in (("check",), ("check", "stock.py", "--force-exclude"), ("check", "--output-format", "json")):
        again_imported = imported_by(*again, cwd=tmp_path)
        assert again_imported & (HEAVY | OF_THE_ANALYSIS | {"pathspec", "subprocess"}) == set(), again
