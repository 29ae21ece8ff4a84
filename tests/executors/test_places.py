"""While workers examine files, the process that has started them knows at which."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fenceline.executors import forked, local
from fenceline.executors.executor import Pool, Watched
from fenceline.executors.places import MOST_BYTES, Place
from fenceline.outcomes import Settings

HAZARD = "def reserve{n}(sku):\n    if int(client.get(f's:{{sku}}')) > 0:\n        client.decr(f's:{{sku}}')\n\n\n"
BUSY = "import redis\n\nclient = redis.Redis()\n\n\n" + "".join(HAZARD.format(n=n) for n in range(100))


def pool_of(settings: Settings, *, is_copy: bool) -> AbstractContextManager[Pool]:
    return forked.forked(settings, 2) if is_copy else local.Local(2)._spawned(settings, 2)


@pytest.mark.parametrize("is_copy", [False, True])
def test_it_is_known_which_files_are_being_examined(tmp_path: Path, *, is_copy: bool):
    if is_copy and not forked.can_fork():
        pytest.skip("this process cannot be copied")
    for name in ("long.py", "short.py"):
        (tmp_path / name).write_text(BUSY if name == "long.py" else "")
    seen: set[str] = set()
    with pool_of(Settings(tmp_path, (), frozenset({"FEN201"})), is_copy=is_copy) as pool:
        assert isinstance(pool, Watched)
        assert pool.at() == []
        pending = [pool.submit(0, ("long.py",)), pool.submit(1, ("short.py",))]
        while pending:
            seen.update(pool.at())
            time.sleep(0.01)
            done = pool.wait(pending) if "long.py" in seen else ()  # which does not look meanwhile
            pending = [one for one in pending if one not in done]
        assert pool.at() == []
    assert "long.py" in seen


def test_what_is_shown_of_a_path_fits():
    place = Place()
    assert place.path == ""
    place.note("shop/views.py")
    assert place.path == "shop/views.py"
    place.note("é" * MOST_BYTES)
    assert place.path.startswith("ééé")
    place.note()
    assert place.path == ""
