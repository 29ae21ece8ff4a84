"""Git repositories for tests, without the settings of who runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.tools import without

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "a"), ("EMAIL", "a@b"))
    },
}


@dataclass(frozen=True)
class Repository:
    top: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments], cwd=self.top, env={**os.environ, **ENVIRONMENT},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files, and remove those without a text."""
        for name, text in files.items():
            path = self.top / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, files: Mapping[str, str | None]) -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a step")
        return self.git("rev-parse", "HEAD").strip()


def repository(top: Path, files: Mapping[str, str]) -> Repository:
    """A repository with one commit on ``main``."""
    if shutil.which("git") is None:
        without("git is not installed")
    top.mkdir(parents=True, exist_ok=True)
    made = Repository(top)
    made.git("init", "-q", "-b", "main")
    made.commit(files)
    return made
