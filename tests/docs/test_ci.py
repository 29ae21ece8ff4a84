"""The recipes of docs/ci.md, executed: in a git repository with an old hazard and a new one, as CI would have it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml

import fenceline
from fenceline.cli import cli
from fenceline.report.formats import FORMATS
from fenceline.threshold import threshold_from
from tests.tools import without

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHELL = [text for kind, text in BLOCKS if kind == "sh"]
RECIPES = {text.splitlines()[0].removeprefix("# "): yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"}
GITHUB = RECIPES[".github/workflows/fenceline.yml"]
GITLAB = RECIPES[".gitlab-ci.yml"]

OLD = """\
import redis

client = redis.Redis()


def reserve(sku):
    left = client.get(f"stock:{sku}")
    if left and int(left) > 0:
        client.decr(f"stock:{sku}")
"""
NEW = """

def count_visit(page):
    seen = client.get(f"visits:{page}")
    client.set(f"visits:{page}", int(seen or 0) + 1)
"""


def commands() -> Iterator[list[str]]:
    """The words of every command of ours on the page, and of those that are named in its prose."""
    steps = [step.get("run", "") for job in GITHUB["jobs"].values() for step in job["steps"]]
    scripts = [*SHELL, *steps, *GITLAB["fenceline"]["script"]]
    for script in scripts:
        for line in re.split(r"[;\n]", script.replace("\\\n", " ")):
            words = shlex.split(line, comments=True)
            if "fenceline" in words and "pip" not in words:
                yield words[words.index("fenceline") :]


def test_the_page_has_what_it_promises():
    assert len(SHELL) == 2
    assert set(RECIPES) == {".github/workflows/fenceline.yml", ".gitlab-ci.yml"}
    assert len(list(commands())) >= 6


def test_the_options_of_the_recipes_exist():
    for name, *words in (words[1:] for words in commands()):
        command = cli.commands[name]
        known = {option: parameter for parameter in command.params for option in parameter.opts}
        for number, word in enumerate(words):
            if word.startswith("-"):
                assert word in known, f"fenceline {name} {word}"
            if word == "--output-format":
                assert words[number + 1] in FORMATS
            if word == "--fail-on":
                threshold_from(words[number + 1])


def test_the_table_has_every_format():
    rows = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(FORMATS)


def test_the_cache_that_is_kept_is_the_one_that_is_written():
    from fenceline.config import CACHE_DIR

    cached = [step["with"]["path"] for step in GITHUB["jobs"]["fenceline"]["steps"] if "cache" in step.get("uses", "")]
    assert cached == [str(CACHE_DIR)]
    assert str(CACHE_DIR) in GITLAB["fenceline"]["cache"]["paths"]


@dataclass(frozen=True)
class Repository:
    root: Path
    env: dict[str, str]

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.root, env=self.env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def sh(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        """As runners do it: a shell that ends at the first command that fails."""
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script], cwd=self.root, env={**self.env, **env},
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def checked_out(self, depth: int) -> Repository:
        """What ``actions/checkout`` fetches: so many commits, and no other."""
        root = self.root.with_name("checkout")
        self.git("clone", "--quiet", "--depth", str(depth), self.root.as_uri(), str(root))
        return Repository(root, self.env)

    def findings(self, sarif: str) -> list[str]:
        log = json.loads((self.root / sarif).read_text("utf-8"))
        return [result["ruleId"] for result in log["runs"][0]["results"]]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A merge request's repository: main has a hazard, the branch brings another, HEAD is their merge."""
    for tool in ("git", "bash"):
        if shutil.which(tool) is None:
            without(f"there is no {tool}")
    programs = tmp_path / "bin"
    programs.mkdir()
    source = Path(fenceline.__file__).parents[1]
    for name, text in {
        "fenceline": f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(source))} exec {sys.executable} -m fenceline "$@"\n',
        "pip": '#!/bin/sh\n[ "$*" = "install fenceline" ]\n',
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT", "CI", "FENCELINE", "PYTHON"))}
    made = {"PATH": f"{programs}{os.pathsep}{env['PATH']}", "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        made |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@example.org"}
    root = tmp_path / "repository"
    (root / "shop").mkdir(parents=True)
    found = Repository(root, env | made)
    found.git("init", "--quiet", "--initial-branch=main")
    (root / ".gitignore").write_text(".fenceline_cache/\n")
    (root / "pyproject.toml").write_text("")
    (root / "shop" / "stock.py").write_text(OLD)
    found.git("add", ".")
    found.git("commit", "--quiet", "-m", "old")
    found.git("switch", "--quiet", "-c", "change")
    (root / "shop" / "stock.py").write_text(OLD.replace("client =", "\n\nclient =") + NEW)
    found.git("commit", "--quiet", "-am", "new")
    found.git("switch", "--quiet", "main")
    found.git("merge", "--quiet", "--no-ff", "-m", "merge", "change")
    return found


def holds(condition: str | None, event: str) -> bool:
    """Whether a step runs; the conditions of the recipe compare the event, and do nothing else."""
    if condition is None:
        return True
    found = re.fullmatch(r"github\.event_name == '(\w+)'", condition)
    assert found is not None, condition
    return found[1] == event


def steps_for(event: str) -> list[dict[str, Any]]:
    return [step for step in GITHUB["jobs"]["fenceline"]["steps"] if holds(step.get("if"), event)]


def test_github_on_a_pull_request(repository: Repository):
    summary = repository.root.parent / "summary.md"
    repository = repository.checked_out(GITHUB["jobs"]["fenceline"]["steps"][0]["with"]["fetch-depth"])
    runs = [step["run"] for step in steps_for("pull_request") if "run" in step]
    *before, check = [repository.sh(run, GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true") for run in runs]
    assert [done.returncode for done in before] == [0]
    assert check.returncode == 1, check.stderr
    annotations = [line for line in check.stdout.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert annotations[0].startswith("::error file=shop/stock.py,line=15,")
    assert "title=FEN202 read-modify-write" in annotations[0]
    assert "FEN202" in summary.read_text("utf-8")
    assert "## FEN201" not in summary.read_text("utf-8")


def test_github_on_a_push(repository: Repository):
    steps = steps_for("push")
    for run in (step["run"] for step in steps if "run" in step):
        done = repository.sh(run)
        assert done.returncode == 0, done.stderr
    (upload,) = (step["with"]["sarif_file"] for step in steps if "upload-sarif" in step.get("uses", ""))
    assert repository.findings(upload) == ["FEN201", "FEN202"]
    (kept,) = (step["with"]["path"] for step in steps if "upload-artifact" in step.get("uses", ""))
    assert (repository.root / kept).read_text("utf-8").lstrip().lower().startswith("<!doctype html>")


def test_github_may_do_what_it_has_to():
    job = GITHUB["jobs"]["fenceline"]
    assert GITHUB["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    assert job["steps"][0]["uses"].startswith("actions/checkout@")
    assert set(GITHUB[True]) == {"push", "pull_request"}  # "on" is a boolean in YAML 1.1


@pytest.mark.parametrize(("is_request", "code"), [(True, 1), (False, 0)])
def test_gitlab(repository: Repository, is_request: bool, code: int):
    job = GITLAB["fenceline"]
    base = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.git("rev-parse", "HEAD^1")} if is_request else {}
    done = repository.sh("\n".join([*job["before_script"], *job["script"]]), **base)
    assert done.returncode == code, done.stderr
    reports = job["artifacts"]["reports"]
    quality = json.loads((repository.root / reports["codequality"]).read_text("utf-8"))
    assert [(one["check_name"], one["location"]["path"]) for one in quality] == [
        ("FEN201", "shop/stock.py"), ("FEN202", "shop/stock.py"),
    ]  # fmt: skip
    assert JUnitXml.fromfile(str(repository.root / reports["junit"])).failures == 2
    assert all((repository.root / path).is_file() for path in job["artifacts"]["paths"])
    assert job["artifacts"]["when"] == "always"  # also of a job that fails
    assert ("FEN202" in done.stdout.partition("Found 2 hazards")[2]) is is_request


def test_the_first_command(repository: Repository):
    done = repository.sh(SHELL[0])
    assert done.returncode == 1
    assert "Found 2 hazards" in done.stdout
    assert repository.findings("fenceline.sarif") == ["FEN201", "FEN202"]
    assert (repository.root / "fenceline.html").is_file()


def test_the_script(repository: Repository):
    done = repository.sh(SHELL[1])
    assert (done.returncode, done.stderr) == (1, "")
    reports = repository.root / "reports"
    assert JUnitXml.fromfile(str(reports / "fenceline.xml")).failures == 2
    assert repository.findings("reports/fenceline.sarif") == ["FEN201", "FEN202"]
    assert (reports / "fenceline.md").read_text("utf-8").startswith("# Fenceline\n")
    (repository.root / "shop" / "stock.py").unlink()
    assert repository.sh(SHELL[1]).returncode == 0
    (repository.root / "pyproject.toml").write_text("[tool.fenceline]\nfail-on = 'severe'\n")
    broken = repository.sh(SHELL[1])
    assert broken.returncode == 2
    assert broken.stderr.endswith("fenceline did not run: see above\n")


def test_the_configuration_is_valid():
    import tomllib

    from fenceline.config import config_from

    (text,) = (text for kind, text in BLOCKS if kind == "toml")
    config_from(tomllib.loads(textwrap.dedent(text))["tool"]["fenceline"], Path("pyproject.toml"))
