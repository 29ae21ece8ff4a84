"""Dask with a real scheduler and real workers, on this machine: the same results, whatever becomes of the workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fenceline.analyzer.finding import Confidence
from fenceline.config import Config
from fenceline.engine import check
from fenceline.executors import dask
from fenceline.executors.chosen import cluster_from
from fenceline.executors.dask import Dask
from fenceline.executors.executor import ExecutorError
from fenceline.report import json as json_report
from fenceline.results import OFF_VARIABLE
from tests.executors.cluster import PATIENCE, REPOSITORY, cluster, process_ids
from tests.executors.trees import shop

pytest.importorskip("distributed")

DEADLY, DEEP = "shop/view_03.py", "shop/view_04.py"
PRELOADED = f"""
import os
from fenceline.examine import Examiner

if Examiner.examine.__name__ == "examine":  # it is loaded by the nanny and by the worker
    examine = Examiner.examine

    def deadly(self, path):
        if self.settings.root.name == "deadly" and path == {DEADLY!r}:
            os._exit(9)
        if self.settings.root.name == "deadly" and path == {DEEP!r}:
            return self.examine(path)
        return examine(self, path)

    Examiner.examine = deadly
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    preloads = folder / "preloaded.py"
    preloads.write_text(PRELOADED)
    # a scheduler gives up a task that has killed more workers than that; each is started anew in seconds
    with cluster(folder, scheduler__allowed_failures="0", worker__preload=str(preloads)) as found:
        yield found


@pytest.fixture
def executor(address: str) -> Iterator[Dask]:
    found = cluster_from(f"dask://{address}")
    assert found is not None
    yield found
    found.close()


CONFIG = Config(min_confidence=Confidence.LOW, cache_dir=None, jobs=1)


def test_the_report_is_the_same_for_every_way_of_running(
    executor: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(OFF_VARIABLE, raising=False)
    root = tmp_path.resolve()
    shop(root, 6)
    kept, other = Path(".cache"), Path(".other")
    ways = {
        "one, cold": replace(CONFIG, cache_dir=kept),
        "two, warm": replace(CONFIG, cache_dir=kept, jobs=2),
        "two": replace(CONFIG, jobs=2),
        "eight": replace(CONFIG, jobs=8),
        "dask, cold": replace(CONFIG, cache_dir=other, executor=executor),
        "dask, warm": replace(CONFIG, cache_dir=other, executor=executor),
        "one, from dask": replace(CONFIG, cache_dir=other),
    }
    reports = {name: check([root], config, root) for name, config in ways.items()}
    cached = {name for name, one in reports.items() if one.summary.cached == one.summary.files}
    assert cached == {"two, warm", "dask, warm", "one, from dask"}
    documents = {name: json_report.render(one) for name, one in reports.items()}
    assert reports["one, cold"].findings
    assert {name for name, one in documents.items() if one != documents["one, cold"]} == set()


def test_the_workers_have_only_what_is_sent(executor: Dask, address: str, tmp_path: Path):
    """And nothing is left of it."""
    shop(tmp_path, 2)
    check([tmp_path], replace(CONFIG, executor=executor), tmp_path)
    left = executor._client.run(lambda dask_worker: list(Path(dask_worker.local_directory).glob("fenceline-*")))
    assert list(left.values()) == [[], []]


def test_a_worker_that_is_killed_in_mid_run(executor: Dask, tmp_path: Path):
    root = tmp_path.resolve()
    shop(root, 16)
    expected = check([root], CONFIG, root)
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        if not killed and done < of:
            killed.append(process_ids(executor._client)[0])
            os.kill(killed[0], signal.SIGKILL)

    report = check([root], replace(CONFIG, executor=executor), root, kill)
    assert killed
    assert json_report.render(report) == json_report.render(expected)


def test_a_file_that_kills_workers_is_an_error_of_that_file(executor: Dask, tmp_path: Path):
    root = tmp_path.resolve() / "deadly"
    paths = shop(root, 4)
    report = check([root], replace(CONFIG, executor=executor), root)
    errors = [(error.path, error.kind) for error in report.summary.errors]
    assert errors == [(DEADLY, "internal"), (DEEP, "internal")]
    assert report.summary.files == len(paths)
    assert report.findings


def test_a_scheduler_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(dask, "SECONDS_TO_CONNECT", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ExecutorError, match=f"tcp://127.0.0.1:{port}: the scheduler cannot be reached: "):
        Dask(f"tcp://127.0.0.1:{port}").workers(1)


@pytest.mark.parametrize(
    "text",
    ["dask", "dask://", "dask://host", "dask://host:port", "dask://host:0", "dask://host:99999", "tcp://host:80",
     "dask://user@host:80", "dask://host:80/path", ""],
)  # fmt: skip
def test_what_is_no_executor(text: str):
    with pytest.raises(ValueError, match="local, dask://HOST:PORT or"):
        cluster_from(text)


def test_what_is_one():
    assert cluster_from("local") is None
    addresses = {text: getattr(cluster_from(text), "address", None) for text in (
        "dask://scheduler.example:8786", "dask+tls://10.0.0.1:8786", "dask://[::1]:8786/",
    )}  # fmt: skip
    assert list(addresses.values()) == ["tcp://scheduler.example:8786", "tls://10.0.0.1:8786", "tcp://[::1]:8786"]


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match=r"pip install 'fenceline\[dask\]'"):
        Dask("tcp://127.0.0.1:1").workers(1)


class Client:
    """As much of a cluster as the check of programs asks."""

    status = "running"

    def __init__(self, scheduler: object, worker: object) -> None:
        self.scheduler, self.worker = scheduler, worker

    def run_on_scheduler(self, _function: object) -> object:
        if isinstance(self.scheduler, Exception):
            raise self.scheduler
        return self.scheduler

    def run(self, _function: object, **_how: object) -> dict[str, object]:
        return {"tcp://w:1": self.worker}


@pytest.mark.parametrize(
    ("scheduler", "worker", "said"),
    [
        ({"Python": "2.7"}, {}, r"the scheduler at tcp://s:1 runs another program: Python is 2\.7 there and 3\."),
        ({}, {"fenceline": "0"}, r"the worker at tcp://w:1 runs another program: fenceline is 0 there and "),
        (
            {},
            ModuleNotFoundError("No module named 'fenceline'"),
            r"the worker at tcp://w:1 cannot run fenceline: ModuleNotFoundError: No module named 'fenceline'",
        ),
        (ModuleNotFoundError("No module named 'fenceline'"), {}, "the scheduler at tcp://s:1 cannot run fenceline"),
    ],
)
def test_other_programs_are_told_apart(scheduler: Any, worker: Any, said: str):
    own = dask.remote.program()
    found = Dask("tcp://s:1")
    found._client = Client(*({**own, **one} if isinstance(one, dict) else one for one in (scheduler, worker)))
    with pytest.raises(ExecutorError, match=said):
        found._check_programs()


def test_a_cluster_with_an_older_fenceline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old = tmp_path / "old" / "fenceline"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text('__version__ = "0.0.1"\n')
    with (
        cluster(tmp_path, 1, path=str(old.parent)) as found,
        pytest.raises(ExecutorError, match="cannot run fenceline"),
    ):
        Dask(f"tcp://{found}").workers(1)


def test_a_cluster_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dask, "SECONDS_WITHOUT_WORKERS", 0.5)
    with cluster(tmp_path, 0) as found, pytest.raises(ExecutorError, match="the scheduler has no workers"):
        Dask(f"tcp://{found}").workers(1)


def test_nothing_of_dask_is_imported_before_it_is_asked_for():
    code = "import sys, fenceline.executors.dask as _, fenceline.cli as _; print('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="the signal is that of a terminal on other systems")
def test_an_interrupted_run_leaves_nothing_on_the_cluster(address: str, executor: Dask, tmp_path: Path):
    shop(tmp_path, 40)
    wait_until(lambda: executor.workers(2) == 2)  # one that a test has killed is started anew

    def written() -> list[Path]:
        found = executor._client.run(lambda dask_worker: list(Path(dask_worker.local_directory).glob("fenceline-*")))
        return [path for paths in found.values() for path in paths]

    command = [sys.executable, "-m", "fenceline", "check", ".", "--no-cache", "--executor", f"dask://{address}"]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until(lambda: bool(written()))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.decode().startswith("fenceline: ")
    assert b"Traceback" not in said
    assert said.count(b"\n") == 1
    wait_until(lambda: not written())
