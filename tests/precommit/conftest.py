"""Real pre-commit, in git repositories that the tests make; Fenceline comes from a repository of this tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tools import without

REPOSITORY = Path(__file__).parents[2]
SHIPPED = ("fenceline", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: {hook}
        args: [{arguments}]
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str


@dataclass(frozen=True)
class Tools:
    """``repo`` at ``rev`` is what hooks are installed from, once for all tests, below ``home``."""

    repo: Path
    rev: str
    home: Path

    def env(self) -> dict[str, str]:
        foreign = ("GIT_", "PYTHON", "PRE_COMMIT")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        who = {f"GIT_{role}_{what}": "somebody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "PRE_COMMIT_HOME": str(self.home), "NO_COLOR": "1"}

    def git(self, folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=self.env(), capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout.strip()

    def pre_commit(self, folder: Path, *arguments: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", *arguments],
            cwd=folder,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Said(done.returncode, done.stdout + done.stderr)


@dataclass(frozen=True)
class Work:
    """A git repository in which somebody works."""

    folder: Path
    tools: Tools

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, files: Mapping[str, str]) -> None:
        """Without hooks."""
        self.stage(files)
        self.tools.git(self.folder, "commit", "--quiet", "--no-verify", "--message", "work")

    def stage(self, files: Mapping[str, str]) -> None:
        self.write(files)
        self.tools.git(self.folder, "add", *files)

    def use(self, hook: str, *arguments: str) -> None:
        """Make a hook of ours the hook of this repository."""
        quoted = ", ".join(f'"{one}"' for one in arguments)
        text = CONFIG.format(repo=self.tools.repo, rev=self.tools.rev, hook=hook, arguments=quoted)
        self.commit({".pre-commit-config.yaml": text})

    def run(self, *arguments: str) -> Said:
        return self.tools.pre_commit(self.folder, "run", *arguments)


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The repository of Fenceline as the tree is now, and its hooks installed."""
    pytest.importorskip("pre_commit")
    if shutil.which("git") is None:
        without("there is no git")
    base = tmp_path_factory.mktemp("pre-commit")
    repo = base / "fenceline"
    repo.mkdir()
    for name in SHIPPED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, repo / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, repo / name)
    unversioned = Tools(repo, "", base / "home")
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "now"]):
        unversioned.git(repo, *arguments)
    found = Tools(repo, unversioned.git(repo, "rev-parse", "HEAD"), base / "home")
    work = _work(base / "first", found)
    work.use("fenceline")
    installed = found.pre_commit(work.folder, "install-hooks")
    if installed.code:
        without(f"the hook cannot be installed: {installed.out[-500:]}")
    return found


@pytest.fixture
def work(tmp_path: Path, tools: Tools) -> Work:
    """An empty repository."""
    return _work(tmp_path / "work", tools)


def _work(folder: Path, tools: Tools) -> Work:
    folder.mkdir()
    tools.git(folder, "init", "--quiet")
    return Work(folder, tools)
