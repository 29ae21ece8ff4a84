"""Real flake8, in processes of its own: the version beside which the tests run, and 6, installed for the session."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tools import without

REPOSITORY = Path(__file__).parents[2]

NOTING = """\
import os
import sys

if "flake8_run" in " ".join(sys.orig_argv):
    with open(os.environ["FENCELINE_TEST_NOTES"], "a") as file:
        file.write("one analysis\\n")

if os.environ.get("FENCELINE_TEST_ALONE"):  # other plugins take a second to load
    from importlib import metadata

    everybody = metadata.distributions

    def distributions(**context):
        return (one for one in everybody(**context) if one.name not in {"flake8-async", "flake8-bugbear"})

    metadata.distributions = distributions
"""

SPAWNING = """\
import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    from flake8.main.cli import main

    sys.exit(main())
"""


@dataclass(frozen=True)
class Said:
    """What a run has printed; ``analyses`` is how often the analysis was started."""

    code: int
    out: str
    err: str
    analyses: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def codes(self) -> list[str]:
        """The codes of the findings, in their order."""
        return [line.split(": ", 1)[1].split(" ")[0] for line in self.lines]


Flake8 = Callable[..., Said]


@pytest.fixture(scope="session")
def plugged_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that tells of the entry points in pyproject.toml as the installed package would."""
    folder = tmp_path_factory.mktemp("plugged-in")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    told = folder / "fenceline-0.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: fenceline\nVersion: 0.0\n", "utf-8")
    points = project["entry-points"]["flake8.extension"]
    lines = ["[flake8.extension]", *(f"{name} = {value}" for name, value in points.items())]
    (told / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    (folder / "sitecustomize.py").write_text(NOTING, "utf-8")
    (folder / "spawning.py").write_text(SPAWNING, "utf-8")
    return folder


@pytest.fixture(scope="session")
def version_6(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where flake8 6 is installed."""
    folder = tmp_path_factory.mktemp("flake8-6")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "flake8>=6,<7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        without(f"flake8 6 cannot be installed: {done.stderr.strip()[-300:]}")
    return folder


@pytest.fixture(params=[7, 6], ids=["flake8-7", "flake8-6"])
def each_version(request: pytest.FixtureRequest) -> Path | None:
    """What comes before all else on the path of Python."""
    if request.param == 6:
        found = request.getfixturevalue("version_6")
        assert isinstance(found, Path)
        return found
    return None


@pytest.fixture
def flake8(plugged_in: Path, tmp_path: Path) -> Flake8:
    """Runs flake8 in the current directory; ``first`` is where to find it before all else.

    Two other plugins, flake8-bugbear and flake8-async, are there ``with_others``.
    """
    pytest.importorskip("flake8")

    def run(
        *arguments: object,
        first: Path | None = None,
        text: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        is_spawning: bool = False,
        with_others: bool = False,
    ) -> Said:
        notes = tmp_path / "notes"
        notes.unlink(missing_ok=True)
        paths = [*([str(first)] if first else []), str(REPOSITORY), str(plugged_in)]
        start = [str(plugged_in / "spawning.py")] if is_spawning else ["-m", "flake8"]
        done = subprocess.run(
            [sys.executable, *start, *map(str, arguments)],
            input=text.encode() if isinstance(text, str) else text or b"",
            capture_output=True,
            timeout=180,
            check=False,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                "FENCELINE_TEST_NOTES": str(notes),
                "FENCELINE_TEST_ALONE": "" if with_others else "1",
                "TMPDIR": str(_made(tmp_path / "temporary")),
                **(env or {}),
            },
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        assert list((tmp_path / "temporary").iterdir()) == []  # the main process has tidied up
        analyses = len(notes.read_text().splitlines()) if notes.exists() else 0
        return Said(done.returncode, out, err, analyses)

    return run


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
