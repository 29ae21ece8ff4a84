"""Many repositories in one run: good ones, broken ones, and a run that is killed and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from fenceline.config import Config
from fenceline.fleet import FleetError, Place, places_in, scan
from fenceline.report import json as json_report
from fenceline.report.document import Report, Repository
from fenceline.report.formats import FORMATS, View
from fenceline.results import OFF_VARIABLE
from tests.executors.cluster import REPOSITORY
from tests.executors.trees import shop

PATIENCE = 120.0


@pytest.fixture(scope="module", autouse=True)
def keeping() -> Iterator[None]:
    """Other tests keep nothing; what they are run with must not say so here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(OFF_VARIABLE, raising=False)
        yield


def alone(config: Config) -> Config:
    """Everything in this process."""
    return replace(config, jobs=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good repositories of one name, and several bad ones."""
    folder = tmp_path_factory.mktemp("fleet").resolve()
    shop(folder / "one/api", 1)
    shop(folder / "two/api", 2)
    (folder / "settings").mkdir()
    (folder / "settings/pyproject.toml").write_text("[tool.fenceline]\nnope = 1\n")
    (folder / "model").mkdir()
    (folder / "model/pyproject.toml").write_text('[tool.fenceline]\nmodels = ["missing.toml"]\n')
    (folder / "file").touch()
    (folder / "empty").mkdir()
    (folder / "list").write_text("# all\none/api\ntwo/api\n\nsettings\nmodel\nmissing\nfile\nempty\none/api/\n")
    return folder


@pytest.fixture(scope="module")
def places(folder: Path) -> list[Place]:
    return places_in((folder / "list").read_text(), folder)


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int, str]]:
    return []


@pytest.fixture(scope="module")
def report(places: list[Place], folder: Path, told: list[tuple[int, int, str]]) -> Report:
    def note(done: int, of: int, one: Repository) -> None:
        told.append((done, of, one.name))

    return scan(places, alone, folder / "state", note)


def test_names_are_as_long_as_they_must_be(places: list[Place]):
    assert [one.name for one in places] == ["one/api", "two/api", "settings", "model", "missing", "file", "empty"]


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "a\0b\n"])
def test_a_list_that_cannot_be_used(text: str, tmp_path: Path):
    with pytest.raises(FleetError):
        places_in(text, tmp_path)


def test_a_repository_that_lies_in_another(tmp_path: Path):
    names = [one.name for one in places_in("x\nx/y\nz/y\n/\n", tmp_path)]
    assert len(set(names)) == 4
    assert names[:3] == ["x", "x/y", "z/y"]


def test_one_that_fails_does_not_stop_the_others(report: Report, told: list[tuple[int, int, str]], places: list[Place]):
    failures = {one.name: one.failure for one in report.repositories if one.failure}
    assert list(failures) == ["settings", "model", "missing", "file"]
    assert "has no key 'nope'" in failures["settings"]
    assert "missing.toml" in failures["model"]
    assert failures["missing"] == "missing: no such directory"
    assert failures["file"] == "file: not a directory"
    assert [(error.path, error.kind) for error in report.summary.errors] == [(name, "failed") for name in failures]
    assert told == [(n, len(places), place.name) for n, place in enumerate(places, start=1)]


def test_paths_begin_with_the_repository(report: Report, folder: Path):
    assert [one.path for one in report.findings] == ["one/api/shop/stock.py", "two/api/shop/stock.py"]
    finding = report.findings[1]
    paths = {step.path for step in finding.trace} | {place.path for place in finding.related}
    assert paths == {"two/api/shop/stock.py"}
    assert report.file(finding.path) == folder / "two/api/shop/stock.py"
    assert report.summary.files == 3 + 4


def test_json_is_as_the_schema_says(report: Report):
    document = json.loads(json_report.render(report))
    jsonschema.validate(document, json_report.schema())
    repositories = document["repositories"]
    assert [(one["name"], one["path"], one["summary"]["findings"]) for one in repositories[:2]] == [
        ("one/api", "one/api", 1), ("two/api", "two/api", 1),
    ]  # fmt: skip
    assert repositories[4]["failure"] == "missing: no such directory"


def test_sarif_has_a_run_a_repository(report: Report, folder: Path):
    runs = json.loads(FORMATS["sarif"].render(report, View()))["runs"]
    assert [run["automationDetails"]["id"] for run in runs[:2]] == ["fenceline/one/api/", "fenceline/two/api/"]
    place = runs[1]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "shop/stock.py"
    assert runs[1]["originalUriBaseIds"]["%SRCROOT%"]["uri"] == (folder / "two/api").as_uri() + "/"
    assert [run["invocations"][0]["executionSuccessful"] for run in runs] == [True] * 2 + [False] * 4 + [True]


def test_junit_has_the_failures(report: Report):
    root = ET.fromstring(FORMATS["junit"].render(report, View()))
    assert root.attrib["failures"] == "2"
    assert root.attrib["errors"] == "4"


def test_text_has_a_table(report: Report):
    text = FORMATS["text"].render(report, View())
    assert "Found 2 hazards in 7 files of 7 repositories (4 failed)" in text
    assert "failed" in next(line for line in text.splitlines() if line.startswith("settings"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_all(name: str, report: Report):
    text = FORMATS[name].render(report, View())
    assert "one/api" in text
    assert "two/api" in text
    assert name == "gitlab" or "missing: no such directory" in text  # which has no place for what is no finding
    if name == "html":
        assert "7 repositories" in text
        assert "self.client.decr" in text  # the code was found


def test_what_is_done_is_taken_over(places: list[Place], folder: Path, report: Report):
    again = scan(places, alone, folder / "state")
    assert [one.name for one in again.repositories if one.is_taken_over] == ["one/api", "two/api"]
    assert again.findings == report.findings
    assert "2 taken over from an earlier run" in FORMATS["text"].render(again, View())
    assert not (folder / "one/api/.fenceline_cache").exists()


@pytest.fixture
def fleet(tmp_path: Path) -> Callable[..., list[str]]:
    names = ["a", "b"]
    for name in names:
        shop(tmp_path / name, 1)
    (tmp_path / "list").write_text("\n".join(names))
    return lambda *more: [sys.executable, "-m", "fenceline", "fleet", str(tmp_path / "list"), *more]


def test_a_run_that_is_killed_goes_on(fleet: Callable[..., list[str]], tmp_path: Path):
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    first = subprocess.Popen(fleet(), cwd=tmp_path, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert first.stderr is not None
    line = first.stderr.readline()
    os.kill(first.pid, signal.SIGKILL)
    first.wait(PATIENCE)
    first.stderr.close()
    assert line.startswith(b"[1/2] a: 3 files, 1 finding, ")
    command = fleet("--statistics", "--format", "json", "--output", str(tmp_path / "report.json"))
    second = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=PATIENCE, check=False)
    assert second.returncode == 1
    document = json.loads((tmp_path / "report.json").read_text())
    assert [one["summary"]["findings"] for one in document["repositories"]] == [1, 1]
    assert document["repositories"][0]["taken_over"]
    assert not document["repositories"][1]["taken_over"]
    jsonschema.validate(document, json_report.schema())
    assert b"[1/2] a: 3 files, 1 finding, " in second.stderr
    assert b"taken over\n" in second.stderr


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (None, [], "does not exist"),
        ("# none\n", [], "no repositories: one directory a line is expected"),
        ("a\n", ["--executor", "dask://host"], "is none of local, dask://HOST:PORT"),
        ("a\n", ["--jobs", "2", "--executor", "dask://127.0.0.1:1"], "--jobs is for processes of this machine"),
        ("a\n", ["--output", "no/such/place.txt"], "cannot be written"),
        ("a\n", ["--state", "list/inside"], "--state list/inside: cannot be written"),
    ],
)
def test_what_is_asked_for_wrongly(text: str | None, options: list[str], said: str, tmp_path: Path):
    if text is not None:
        (tmp_path / "list").write_text(text)
    command = [sys.executable, "-m", "fenceline", "fleet", "list", *options]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
