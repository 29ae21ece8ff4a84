"""Ending a run in the middle: at once, with a line and no traceback, and with nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_orphans import children_of, is_running, wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, and sends signals")

SECONDS = 10
"""In which a run must have ended: it takes a fraction of one where nothing else keeps the processors busy."""

HAZARD = """

def reserve{n}(sku):
    if int(client.get(f"stock:{{sku}}")) > 0:
        client.decr(f"stock:{{sku}}")
"""
BUSY = "import redis\n\nclient = redis.Redis()\n" + "".join(HAZARD.format(n=n) for n in range(200))
"""Examined for longer than any test waits."""

SLOW = """import os, sys, time
from pathlib import Path
import {module} as patched

whole = patched.{name}

def slow(*arguments, **named):
    Path(os.environ["REACHED"]).touch()
    time.sleep(60)
    return whole(*arguments, **named)

patched.{name} = slow
sys.argv[0] = "fenceline"
from fenceline.cli import main
main()
"""
"""The program, but that one function takes a minute: where it is at when the signal comes is known."""

ON_A_TERMINAL = """import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from fenceline.cli import main
main()
"""
"""The program, and what it has for standard input is the terminal that it belongs to."""


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """A project whose examination takes minutes."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").touch()
    for n in range(40):
        (root / f"shop{n}.py").write_text(BUSY)
    return root


@contextlib.contextmanager
def started(command: list[str], root: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A process at the head of a group of its own, all of which is gone afterwards."""
    kept = {name: value for name, value in os.environ.items() if name != "FENCELINE_NO_CACHE"}
    run = subprocess.Popen(
        command,
        cwd=root,
        env={**kept, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield run
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        for stream in (run.stdout, run.stderr):
            if stream is not None:
                stream.close()


def fenceline(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fenceline", *arguments]


def is_at_work(pid: int, jobs: int) -> bool:
    """Whether the analysis has been running for a while in this process, or in its workers."""
    if jobs == 1:
        return seconds_of(pid) > 2
    workers = [one for one in children_of(pid) if "resource_tracker" not in command_of(one)]
    return len(workers) == jobs and all(seconds_of(one) > 2 for one in workers)


def seconds_of(pid: int) -> float:
    """Seconds of the processor that a process has had."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def leftovers(root: Path) -> list[str]:
    """Files of ours that are neither a project's nor whole."""
    return [path.name for path in root.rglob("*") if path.name.endswith(".tmp") or path.stat().st_size == 0]


def send(run: subprocess.Popen[str], number: int, *, to_group: bool) -> None:
    (os.killpg if to_group else os.kill)(run.pid, number)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("number", "to_group", "code", "said"),
    [
        (signal.SIGINT, False, 130, "fenceline: interrupted\n"),
        (signal.SIGINT, True, 130, "fenceline: interrupted\n"),
        (signal.SIGTERM, False, 143, "fenceline: terminated\n"),
    ],
)
def test_a_run_ends_at_once(busy: Path, jobs: int, number: int, *, to_group: bool, code: int, said: str):
    with started(fenceline("check", "--jobs", str(jobs), "--output", "report.txt"), busy) as run:
        assert wait_until(lambda: is_at_work(run.pid, jobs), 120)
        children = children_of(run.pid)
        send(run, number, to_group=to_group)
        out, err = run.communicate(timeout=SECONDS)
        assert (run.returncode, out, err) == (code, "", said)
        assert wait_until(lambda: not any(map(is_running, children)), SECONDS)
    assert not (busy / "report.txt").exists()
    assert leftovers(busy) == ["pyproject.toml"]


@pytest.mark.parametrize("delay", [0.0, 0.3, 0.6])
def test_workers_that_are_just_being_started_say_nothing(busy: Path, delay: float):
    with started(fenceline("check", "--jobs", "2"), busy) as run:
        assert wait_until(lambda: len(children_of(run.pid)) >= 2, 120)
        time.sleep(delay)
        children = children_of(run.pid)
        send(run, signal.SIGINT, to_group=True)
        _, err = run.communicate(timeout=SECONDS)
        assert (run.returncode, err) == (130, "fenceline: interrupted\n")
        assert wait_until(lambda: not any(map(is_running, children)), SECONDS)


@pytest.mark.parametrize(
    ("arguments", "module", "name"),
    [
        (("check",), "fenceline.contents", "digest_of_files"),
        (("check",), "fenceline.discovery", "left_out_as"),
        (("check",), "fenceline.analyzer.syntax_reader", "parse_tree"),
        (("check",), "fenceline.results", "record_of"),
        (("check", "--output", "report.json", "--format", "json"), "fenceline.report.json", "document"),
        (("check", "--output", "report.txt"), "shutil", "copymode"),
        (("fix",), "fenceline.files", "_copy_attributes"),
        (("fix",), "fenceline.fixing", "verify"),
    ],
)
def test_wherever_it_is_nothing_is_left_half_done(tmp_path: Path, arguments: tuple[str, ...], module: str, name: str):
    root = tmp_path / "project"
    root.mkdir()
    text = "import redis\n\nclient = redis.Redis()\n" + HAZARD.format(n=0)
    names = ["a.py", "b.py", "report.txt", "report.json"]
    for path in names:
        (root / path).write_text(text)
    (root / "pyproject.toml").touch()
    reached = tmp_path / "reached"
    with started([sys.executable, "-c", SLOW.format(module=module, name=name), *arguments], root,
                 REACHED=str(reached)) as run:  # fmt: skip
        assert wait_until(reached.exists, 120), run.stderr and run.stderr.read()
        send(run, signal.SIGINT, to_group=False)
        _, err = run.communicate(timeout=SECONDS)
        assert (run.returncode, err) == (130, "fenceline: interrupted\n")
    assert [path for path in names if (root / path).read_text() != text] == []
    assert leftovers(root) == ["pyproject.toml"]


def test_a_terminal_gets_one_line(busy: Path):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, "check", "--no-cache", "--jobs", "2"],
        cwd=busy,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "70"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as run:
        os.close(theirs)
        try:
            assert wait_until(lambda: is_at_work(run.pid, 2), 120)
            children = children_of(run.pid)
            os.write(ours, b"\x03")  # Ctrl-C: to all processes of the terminal
            shown = b""
            with contextlib.suppress(OSError):  # the other end is closed
                while part := os.read(ours, 4096):
                    shown += part
            assert run.wait(SECONDS) == 130
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            os.close(ours)
    assert shown.endswith(b"\r\nfenceline: interrupted\r\n")
    assert b"Traceback" not in shown
    assert shown.count(b"\n") == 2
    assert wait_until(lambda: not any(map(is_running, children)), SECONDS)


def test_a_second_request_is_not_made_to_wait(tmp_path: Path):
    code = """import sys, time
from fenceline import interrupts
interrupts.SECONDS_OF_PATIENCE = 0.1
interrupts.end_on_signals()
try:
    print("ready", flush=True)
    time.sleep(60)
finally:
    print("cleaning up", flush=True)
    time.sleep(60)
"""
    with started([sys.executable, "-c", code], tmp_path) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        send(run, signal.SIGINT, to_group=False)
        assert run.stdout.readline() == "cleaning up\n"
        time.sleep(0.2)
        send(run, signal.SIGINT, to_group=False)
        assert run.wait(SECONDS) == 130


def test_what_is_ignored_stays_ignored(tmp_path: Path):
    code = """import os, signal
from fenceline.interrupts import end_on_signals
signal.signal(signal.SIGHUP, signal.SIG_IGN)
end_on_signals()
os.kill(os.getpid(), signal.SIGHUP)
print("goes on")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "goes on\n"


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_it_ends_while_it_is_still_being_imported(tmp_path: Path, number: int, code: int, said: str):
    (tmp_path / "click.py").write_text(
        "import os, time\nfrom pathlib import Path\nPath(os.environ['REACHED']).touch()\ntime.sleep(60)\n"
    )
    reached = tmp_path / "reached"
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    with started(fenceline("--version"), tmp_path, PYTHONPATH=path, REACHED=str(reached)) as run:
        assert wait_until(reached.exists, SECONDS)
        send(run, number, to_group=False)
        assert run.wait(SECONDS) == code
        assert run.stderr is not None
        assert run.stderr.read() == f"fenceline: {said}\n"
