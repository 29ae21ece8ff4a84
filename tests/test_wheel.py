"""What is published: the wheel, built from the source distribution and installed where no source tree is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from packaging.metadata import Metadata

import fenceline
from fenceline.report.formats import FORMATS
from fenceline.rules import all_rules
from tests.tools import without

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "fenceline"

STOCK = """\
import redis

r = redis.Redis()


def reserve(sku):
    left = r.get(f"stock:{sku}")
    if left and int(left) > 0:
        r.decr(f"stock:{sku}")


def mark(key):
    r.setnx(key, 1)
    r.expire(key, 60)
"""


@dataclass(frozen=True)
class Built:
    wheel: Path
    source: Path


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


def _ran(command: list[str], folder: Path, text: str = "", timeout: int = 300) -> subprocess.CompletedProcess[str]:
    """Without anything that would lead back to the source tree."""
    foreign = ("PYTHON", "FENCELINE", "PIP_", "VIRTUAL_ENV", "GITHUB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **pip, "PYTHONUTF8": "1"},
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both distributions; the wheel is built from the source distribution."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("built")
    done = _ran([sys.executable, "-m", "build", "--outdir", str(folder), str(REPOSITORY)], folder)
    if done.returncode:
        without(f"nothing can be built: {(done.stdout + done.stderr)[-500:]}")
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, source)


Program = Callable[..., Said]


@pytest.fixture(scope="session")
def environment(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the programs of a fresh environment in which the wheel, with flake8, is installed."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / "python")
    done = _ran([python, "-m", "pip", "install", "--quiet", f"{built.wheel}[flake8]"], folder, timeout=600)
    if done.returncode:
        without(f"the wheel cannot be installed: {done.stderr[-500:]}")
    return programs


@pytest.fixture
def program(environment: Path, tmp_path: Path) -> Program:
    """Runs a program of the environment in a directory with a tiny project."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    (tmp_path / "stock.py").write_text(STOCK, "utf-8")

    def run(name: str, *arguments: str, text: str = "") -> Said:
        done = _ran([str(environment / name), *arguments], tmp_path, text)
        assert "Traceback" not in done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    return run


# ------------------------------------------------------------------------------------------------------ what is in it


def test_the_wheel_holds_the_package_and_nothing_else(built: Built):
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    told = {name for name in names if name.startswith(f"fenceline-{fenceline.__version__}.dist-info/")}
    tree = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert names - told == {path.relative_to(REPOSITORY).as_posix() for path in tree}
    assert {name.rpartition("/")[2] for name in told} == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"}


@pytest.mark.parametrize(
    "name",
    [
        "fenceline/py.typed",
        "fenceline/models/redis.toml",
        "fenceline/report/schema.json",
        "fenceline/report/models_schema.json",
        "fenceline/report/templates/report.html.j2",
        "fenceline/report/templates/report.css",
        "fenceline/report/templates/report.js",
    ],
)
def test_what_is_no_python_is_in_it(built: Built, name: str):
    with zipfile.ZipFile(built.wheel) as wheel:
        assert wheel.read(name) == (REPOSITORY / name).read_bytes()


def test_the_metadata_is_valid(built: Built):
    with zipfile.ZipFile(built.wheel) as wheel:
        folder = f"fenceline-{fenceline.__version__}.dist-info"
        metadata = Metadata.from_email(wheel.read(f"{folder}/METADATA"), validate=True)
        points = wheel.read(f"{folder}/entry_points.txt").decode()
    assert (metadata.name, str(metadata.version)) == ("fenceline", fenceline.__version__)
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description == (REPOSITORY / "README.md").read_text("utf-8")
    assert metadata.license_files == ["LICENSE"]
    assert "flake8" in (metadata.provides_extra or [])
    assert "fenceline = fenceline.start:main" in points
    assert "FEN = fenceline.flake8_plugin:Plugin" in points


def test_the_source_distribution_can_be_tested(built: Built):
    with tarfile.open(built.source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"fenceline/py.typed", "tests/test_wheel.py", "pyproject.toml", "README.md", "LICENSE"} <= names
    assert {"docs/configuration.md", "examples/shop/pyproject.toml", ".pre-commit-hooks.yaml"} <= names
    assert not [name for name in names if "__pycache__" in name or "_cache/" in name or name.startswith(".git/")]


# -------------------------------------------------------------------------------------------------------- what it does


def test_it_is_the_wheel_that_is_run(program: Program, environment: Path):
    said = program("python", "-c", "import fenceline; print(fenceline.__file__)")
    assert Path(said.out.strip()).is_relative_to(environment.parent)
    assert program("fenceline", "--version").out == f"fenceline {fenceline.__version__}\n"
    assert program("python", "-m", "fenceline", "--help").code == 0


def test_check_in_every_form(program: Program, tmp_path: Path):
    arguments = [one for name in FORMATS for one in ("--output-format", name, "--output", f"out.{name}")]
    said = program("fenceline", "check", *arguments)
    assert (said.code, said.err) == (1, "")
    written = {name: (tmp_path / f"out.{name}").read_text("utf-8") for name in FORMATS}
    assert [name for name, text in written.items() if "FEN201" not in text] == []
    assert {one["rule"] for one in json.loads(written["json"])["findings"]} == {"FEN201", "FEN206"}
    assert json.loads(written["sarif"])["version"] == "2.1.0"
    assert len(json.loads(written["gitlab"])) == 2
    assert ET.fromstring(written["junit"]).tag == "testsuites"
    assert written["html"].startswith("<!doctype html>")


def test_what_was_found_is_kept(program: Program, tmp_path: Path):
    assert program("fenceline", "check").code == 1
    again = json.loads(program("fenceline", "check", "--format", "json", "--statistics").out)
    assert again["statistics"]["files"]["cached"] == 1
    assert (tmp_path / ".fenceline_cache" / ".gitignore").exists()


def test_fix(program: Program, tmp_path: Path):
    said = program("fenceline", "fix", "--diff")
    assert said.code == 1
    assert said.out.startswith("--- a/stock.py\n+++ b/stock.py\n")
    assert (tmp_path / "stock.py").read_text("utf-8") == STOCK
    said = program("fenceline", "fix", "--unsafe-fixes")
    assert (tmp_path / "stock.py").read_text("utf-8") != STOCK
    assert said.code == 0, said.out
    assert program("fenceline", "check").code == 0


def test_rules_and_what_they_mean(program: Program):
    listed = json.loads(program("fenceline", "rules", "--format", "json").out)
    assert [one["code"] for one in listed] == [rule.code for rule in all_rules()]
    assert program("fenceline", "rules").code == 0
    assert "get-then-update" in program("fenceline", "explain", "FEN201").out
    assert program("fenceline", "explain", "stale-save").out
    assert program("fenceline", "explain", "nothing").code == 2


def test_models(program: Program, tmp_path: Path):
    assert "redis" in program("fenceline", "models").out
    assert json.loads(program("fenceline", "models", "show", "redis", "--format", "json").out)
    said = program("fenceline", "models", "check", "--python", sys.executable, "redis")
    assert said.code == 0, said.out + said.err


def test_report(program: Program, tmp_path: Path):
    assert program("fenceline", "report", "--output", "page.html").code in {0, 1}
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "FEN201" in page


def test_baseline(program: Program, tmp_path: Path):
    assert program("fenceline", "check", "--write-baseline").code == 0
    assert program("fenceline", "check", "--baseline", "fenceline-baseline.json").code == 0
    (tmp_path / "new.py").write_text(STOCK, "utf-8")
    said = program("fenceline", "check", "-q", "--baseline", "fenceline-baseline.json")
    assert {line.split(":")[0] for line in said.out.splitlines()} == {"new.py"}


def test_standard_input(program: Program):
    assert program("fenceline", "check", "-q", "--stdin-filename", "new.py", text=STOCK).out.startswith("new.py:7:12")


def test_flake8(program: Program):
    assert f"fenceline: {fenceline.__version__}" in program("flake8", "--version").out
    said = program("flake8", "--select=FEN")
    assert [line.split(": ")[1].split()[0] for line in said.out.splitlines()] == ["FEN201", "FEN206"]
