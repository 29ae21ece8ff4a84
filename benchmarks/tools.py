"""What is run: Fenceline and other tools, as they are run by those who have set nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".environment"

REQUIREMENTS = {"tools": "requirements.txt", "fixit": "requirements-fixit.txt"}
"""Environments, and what is installed into each."""

_VERSION = re.compile(r"\d+(\.\w+)+")
_FINE = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class Tool:
    """``command`` is run in the tree; ``version`` prints what it is. Exit codes in ``fine`` are no failure."""

    name: str
    title: str
    command: tuple[str, ...]
    version: tuple[str, ...]
    fine: frozenset[int] = _FINE


def other_tools(environment: Path = ENVIRONMENT) -> list[Tool]:
    """The other tools, each with its own rules only: no settings of the tree, no network, no cache, one run."""
    programs = environment / "tools" / "bin"
    ruff, flake8 = str(programs / "ruff"), str(programs / "flake8")
    bandit, semgrep = str(programs / "bandit"), str(programs / "semgrep")
    fixit = str(environment / "fixit" / "bin" / "fixit")
    rules = str(HERE / "semgrep-rules.yml")
    return [
        Tool("ruff", "Ruff, default rules", (ruff, "check", "--isolated", "--no-cache", "."), (ruff, "--version")),
        Tool(
            "ruff-all",
            "Ruff, all rules",
            (ruff, "check", "--isolated", "--no-cache", "--select", "ALL", "."),
            (ruff, "--version"),
        ),
        Tool(
            "semgrep",
            "Semgrep, two local rules",
            (semgrep, "scan", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--config", rules, "."),
            (semgrep, "--version", "--disable-version-check"),
        ),
        Tool("bandit", "Bandit", (bandit, "-q", "-r", "."), (bandit, "--version")),
        Tool("flake8", "flake8 with async and bugbear", (flake8, "--isolated", "."), (flake8, "--version")),
        Tool("fixit", "Fixit", (fixit, "--quiet", "lint", "."), (fixit, "--version")),
    ]


def fenceline(*arguments: str, name: str = "fenceline", title: str = "Fenceline, all rules, no cache") -> Tool:
    """Fenceline from where this program is."""
    program = (sys.executable, "-m", "fenceline")
    return Tool(name, title, (*program, "check", *arguments), (*program, "--version"))


def set_up(environment: Path = ENVIRONMENT) -> list[str]:
    """Install the other tools; what could not be installed, a line each."""
    failed = []
    for name, requirements in REQUIREMENTS.items():
        folder = environment / name
        if not (folder / "bin" / "python").exists():
            venv.create(folder, with_pip=True)
        install = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(HERE / requirements))
        if subprocess.run(install, check=False).returncode:
            failed.append(f"{requirements} could not be installed")
    return failed


def version_of(tool: Tool) -> str | None:
    """The number of the tool's version; None where it is not there."""
    try:
        done = subprocess.run(tool.version, check=False, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    return found[0] if found and done.returncode == 0 else None


def chosen(tools: Sequence[Tool], names: Sequence[str]) -> list[Tool]:
    """The tools with these names, in their own order; all without any. Raises ValueError for a name of none."""
    unknown = sorted(set(names) - {tool.name for tool in tools})
    if unknown:
        raise ValueError(f"no tool is called {', '.join(unknown)}")
    return [tool for tool in tools if not names or tool.name in names]
