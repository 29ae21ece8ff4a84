"""Workers do not outlive the process that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BUSY = """import redis

client = redis.Redis()


def reserve{n}(sku):
    if int(client.get(f"stock:{{sku}}")) > 0:
        client.decr(f"stock:{{sku}}")
"""


def children_of(pid: int) -> set[int]:
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.add(int(stat.parent.name))
    return found


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def wait_until(condition, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    for n in range(400):
        (tmp_path / f"shop{n}.py").write_text(BUSY.format(n=n) * 12)
    command = [sys.executable, "-m", "fenceline", "check", str(tmp_path), "--root", str(tmp_path), "--jobs", "2"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert wait_until(lambda: len(children_of(run.pid)) >= 2, 60)
    workers = children_of(run.pid)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert wait_until(lambda: not any(map(is_running, workers)), 60)
