"""Programs in processes of their own, killed as a machine that fails kills them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 20.0
"""Seconds in which a program has to get to where it is waited for; what is waited for takes a fraction of it."""


class Program:
    """A Python program in a folder. What it does it writes, a word a line, to the file ``done`` there."""

    def __init__(self, folder: Path, source: str, *arguments: str, module: str = "") -> None:
        self.done = folder / "done"
        self.log = folder / f"log-{time.monotonic_ns()}"
        if source:
            (folder / "program.py").write_text(textwrap.dedent(source), encoding="utf-8")
        command = [sys.executable, "-W", "ignore", *(["-m", module] if module else ["program.py"]), *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(folder)},
                start_new_session=True,
            )  # fmt: skip

    def wait_for(self, word: str, times: int = 1) -> None:
        """Until the word has been written so many times. Raises AssertionError with the log when it is not."""
        wait_until(
            lambda: self.count(word) >= times or self.process.poll() is not None,
            lambda: f"{word}: {self.log.read_text('utf-8')[-2000:]}",
        )
        assert self.count(word) >= times, self.log.read_text("utf-8")[-2000:]

    def count(self, word: str) -> int:
        return self.done.read_text("utf-8").split().count(word) if self.done.exists() else 0

    def kill(self) -> None:
        """It and what it started, at once, as when a machine goes down."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


def wait_until(holds: Callable[[], bool], tell: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, tell()
        time.sleep(0.02)
