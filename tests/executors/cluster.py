"""A real Dask cluster on this machine: a scheduler and worker processes that know the tree of no test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120.0


@contextmanager
def cluster(folder: Path, workers: int = 2, path: str = "", **settings: str) -> Iterator[str]:
    """The ``HOST:PORT`` of a scheduler; the processes end with the block. ``path`` goes before the modules of ours."""
    names = {f"DASK_DISTRIBUTED__{name.upper()}": value for name, value in settings.items()}
    env = {**os.environ, **names, "PYTHONPATH": os.pathsep.join([*([path] if path else []), str(REPOSITORY)])}
    env.pop("PYTHONWARNINGS", None)
    told = folder / "scheduler.json"
    address = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(told)]
    scheduler = _started("scheduler", [*address, "--port", "0", "--no-show"], folder, env)
    started = [scheduler]
    try:
        _wait_for(told, scheduler)
        count = ["--nworkers", str(workers), "--nthreads", "1", "--local-directory", str(folder / "scratch")]
        started.append(_started("worker", [*address, *count], folder, env))
        yield str(json.loads(told.read_text())["address"]).removeprefix("tcp://")
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(PATIENCE)


def _started(name: str, arguments: list[str], folder: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)


def _wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _is_written(file):
        assert process.poll() is None, "the scheduler has ended"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_written(file: Path) -> bool:
    try:
        json.loads(file.read_text())
    except (OSError, ValueError):
        return False
    return True


def process_ids(client: Any) -> list[int]:
    return sorted(client.run(os.getpid).values())
