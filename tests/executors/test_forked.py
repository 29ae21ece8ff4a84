"""Workers that are copies of the process: the same results, also when one of them dies, and nobody is left behind."""

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fenceline.examine import Examiner
from fenceline.executors.forked import ForkedPool, LostWorkerError
from fenceline.executors.local import Local
from fenceline.linking.registry import ProjectRegistry
from fenceline.linking.uses import ProjectUses
from fenceline.outcomes import Settings
from fenceline.rules import all_rules
from fenceline.workers import examine_files

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only where a process may be copied"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def copied(monkeypatch: pytest.MonkeyPatch):
    """What runs the tests has threads of its own, which are idle meanwhile."""
    monkeypatch.setattr("fenceline.executors.local.can_fork", lambda: True)


RACE = """import redis

client = redis.Redis()


def reserve_{n}(sku):
    left = int(client.get(f"stock:{{sku}}"))
    if left > 0:
        client.set(f"stock:{{sku}}", left - 1)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for n in range(6):
        (tmp_path / f"shop{n}.py").write_text(RACE.format(n=n))
    codes = frozenset(rule.code for rule in all_rules())
    return Settings(tmp_path, (), codes, search=(tmp_path,))


def paths_of(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.root.iterdir())


def told(results) -> list[tuple[str, list[object], list[object]]]:
    return [(one.path, one.findings, one.errors) for one in results]


def test_copies_find_what_one_process_finds(settings: Settings):
    paths = paths_of(settings)
    alone = examine_files(settings, paths, Local(1))
    assert any(one.findings for one in alone)
    with Local(2).pool(settings, 2) as pool:
        assert isinstance(pool, ForkedPool)
    results = examine_files(settings, paths, Local(2))
    assert told(results) == told(alone)
    assert len({one.process for one in results} - {os.getpid()}) == 2
    assert not multiprocessing.active_children()


def test_others_do_what_a_worker_that_dies_has_left(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    paths, examine = paths_of(settings), Examiner.examine

    def die_of_one(self: Examiner, path: str):
        if path == "shop3.py":
            os._exit(9)
        return examine(self, path)

    alone = examine_files(settings, paths, Local(1))
    monkeypatch.setattr(Examiner, "examine", die_of_one)  # copies have it, processes that are started anew have not
    assert told(examine_files(settings, paths, Local(2))) == told(alone)
    assert not multiprocessing.active_children()


def test_a_worker_that_has_died_is_lost(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Examiner, "examine", lambda _self, _path: os._exit(9))
    with Local(2).pool(settings, 2) as pool:
        pending = pool.submit(0, ("shop0.py",))
        assert list(pool.wait([pending])) == [pending]
        with pytest.raises(LostWorkerError):
            pending.result()
        with pytest.raises(LostWorkerError):
            pool.submit(0, ("shop1.py",))


def test_workers_end_when_somebody_interrupts(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Examiner, "examine", lambda _self, _path: threading.Event().wait())
    with pytest.raises(KeyboardInterrupt), Local(2).pool(settings, 2) as pool:  # noqa: PT012
        pool.submit(1, ("shop0.py",))
        raise KeyboardInterrupt
    assert not multiprocessing.active_children()


def test_what_prepares_is_counted_once(settings: Settings):
    (settings.root / "app.py").write_text('from celery import Celery\n\napp = Celery()\napp.task(name="x")(print)\n')
    alone = examine_files(settings, paths_of(settings), Local(1))
    shared = examine_files(settings, paths_of(settings), Local(2))
    assert set().union(*(one.parsed for one in shared)) == set().union(*(one.parsed for one in alone))


JOBS = """from apscheduler.schedulers.background import BackgroundScheduler

from shop{n} import reserve_{n}

scheduler = BackgroundScheduler()
scheduler.add_job(reserve_{n}, "interval", minutes=1, args=["a"])
"""

THREADS = """
import threading
from fenceline.activity import THREAD_THAT_SHOWS
from fenceline.executors.forked import can_fork

is_over = threading.Event()
print(can_fork())
shows = threading.Thread(target=is_over.wait, name=THREAD_THAT_SHOWS)
shows.start()
print(can_fork())
other = threading.Thread(target=is_over.wait)
other.start()
print(can_fork())
is_over.set()
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_in_what_is_prepared_is_told_of_its_file_alone(settings: Settings, monkeypatch, jobs: int):
    for n in (0, 1):
        (settings.root / f"jobs{n}.py").write_text(JOBS.format(n=n))
    register = ProjectRegistry._registered_in

    def fail_of_one(self: ProjectRegistry, path: Path):
        if path.name == "jobs1.py":
            raise RuntimeError("a bug")
        return register(self, path)

    monkeypatch.setattr(ProjectRegistry, "_registered_in", fail_of_one)
    results = {one.path: one for one in examine_files(settings, paths_of(settings), Local(jobs))}
    told_of = [(path, error.message) for path, one in results.items() for error in one.errors]
    assert told_of == [("jobs1.py", "RuntimeError: a bug")]
    assert "job" in {one.reached.kind for one in results["shop0.py"].findings if one.reached is not None}
    assert all(results[f"shop{n}.py"].findings for n in range(6))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_in_what_all_need_is_told_of_all_that_need_it(settings: Settings, monkeypatch, jobs: int):
    monkeypatch.setattr(ProjectUses, "_shown", lambda _self: 1 / 0)
    results = examine_files(settings, paths_of(settings), Local(jobs))
    assert {one.path for one in results if one.errors} == set(paths_of(settings))


def test_a_process_with_threads_is_not_copied():
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "False"]
