"""Results of earlier runs: what finds them again, what does not, and that they are the same."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import fenceline
from fenceline import contents, results
from fenceline import program as versions_of_program
from fenceline.analyzer.finding import Confidence, Edit, Fix, Hop, Reached
from fenceline.config import Config, ConfigError, load_config
from fenceline.contents import contents_of
from fenceline.engine import check
from fenceline.outcomes import FileResult
from fenceline.records import RecordError, record_of, value_of
from fenceline.report.document import Report, RunError
from fenceline.results import MOST_ENTRIES, Store
from tests.cli.conftest import Run, made, program, project, run
from tests.small_shop import SHOP, STOCK, VIEWS

__all__ = ["program", "project", "run"]

Write = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FENCELINE_NO_CACHE")


def checked(root: Path, *paths: str, config: Config | None = None, **how: bool) -> Report:
    return check([root / path for path in paths] or [root], config or load_config(root), root, **how)


def cached(report: Report) -> tuple[int, int]:
    return report.summary.cached, report.summary.files


def entries(root: Path) -> list[Path]:
    return sorted((root / ".fenceline_cache" / "results").glob("*.json"))


def test_a_second_run_takes_everything(project: Write):
    root = project(SHOP)
    first, second = checked(root), checked(root)
    assert cached(first) == (0, 4)
    assert cached(second) == (4, 4)
    assert [finding.rule for finding in first.findings] == ["FEN201"]
    assert second.findings == first.findings
    assert second.summary.lines == first.summary.lines
    assert second.summary.parsed == 0


def test_a_run_over_a_part_is_served_from_the_whole(project: Write):
    root = project(SHOP)
    alone = checked(root, "shop/views.py", config=Config(cache_dir=None))
    whole = checked(root)
    part = checked(root, "shop/views.py")
    assert cached(part) == (1, 1)
    assert part.findings == alone.findings == whole.findings


def test_a_whole_run_takes_what_parts_have_kept(project: Write):
    root = project(SHOP)
    checked(root, "shop/views.py")
    checked(root, "other.py")
    assert cached(checked(root)) == (2, 4)
    assert cached(checked(root)) == (4, 4)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"shop/stock.py": STOCK + "\n"}, (2, 4)),
        ({"new.py": ""}, (4, 5)),
        ({"tests/test_shop.py": ""}, (4, 4)),
        ({"shop/migrations/0001_initial.py": ""}, (4, 4)),
        ({"build/lib.py": ""}, (4, 4)),
    ],
    ids=str,
)
def test_any_python_file_counts(project: Write, change: dict[str, str], expected: tuple[int, int]):
    root = project(SHOP)
    checked(root)
    project(change)
    again = checked(root)
    assert cached(again) == expected
    assert len(entries(root)) == 2
    assert again.findings == checked(root, config=Config(cache_dir=None)).findings


def test_a_file_that_is_gone_or_renamed_counts(project: Write):
    root = project(SHOP)
    checked(root)
    (root / "other.py").rename(root / "another.py")
    assert cached(checked(root)) == (3, 4)
    (root / "another.py").unlink()
    assert cached(checked(root)) == (3, 3)


@pytest.mark.parametrize("change", [{"README.md": "text"}, {"node_modules/x/setup.py": ""}, {".venv/lib/x.py": ""}])
def test_other_files_do_not_count(project: Write, change: dict[str, str]):
    root = project(SHOP)
    checked(root)
    project(change)
    assert cached(checked(root)) == (4, 4)


def test_the_bytes_count_and_not_the_times(project: Write):
    root = project(SHOP)
    checked(root)
    status = (root / "shop/stock.py").stat()
    os.utime(root / "shop/stock.py", (1, 1))
    assert cached(checked(root)) == (4, 4)
    changed = STOCK.replace("> 0", "> 1").replace("decr(", "incr(")
    (root / "shop/stock.py").write_text(changed)
    os.utime(root / "shop/stock.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert len(changed) == status.st_size  # same size, same time
    assert cached(checked(root)) == (2, 4)


def test_an_old_state_is_found_again(project: Write):
    root = project(SHOP)
    checked(root)
    project({"other.py": "x = 2\n"})
    checked(root)
    project(SHOP)
    assert cached(checked(root)) == (4, 4)


@pytest.mark.parametrize(
    "table",
    [
        'select = ["FEN2"]',
        'min-confidence = "low"',
        'models = ["ours.toml"]',
    ],
)
def test_settings_that_matter_count(project: Write, table: str):
    root = project({**SHOP, "ours.toml": ""})
    checked(root)
    project({"pyproject.toml": f"[tool.fenceline]\n{table}\n"})
    assert checked(root).summary.cached == 0
    assert cached(checked(root)) == (4, 4)


def test_the_bytes_of_a_model_file_count(project: Write):
    root = project({**SHOP, "ours.toml": "", "pyproject.toml": '[tool.fenceline]\nmodels = ["ours.toml"]\n'})
    checked(root)
    project({"ours.toml": "# changed\n"})
    assert checked(root).summary.cached == 0


def test_settings_that_choose_or_show_do_not_count(project: Write):
    root = project(SHOP)
    checked(root)
    project({"pyproject.toml": '[tool.fenceline]\nexclude = ["other.py"]\noutput-format = "json"\njobs = 1\n'})
    assert cached(checked(root)) == (3, 3)


def test_the_program_counts(project: Write, monkeypatch: pytest.MonkeyPatch):
    root = project(SHOP)
    checked(root)
    with monkeypatch.context() as another:
        another.setattr(fenceline, "__version__", "99")
        assert checked(root).summary.cached == 0
    with monkeypatch.context() as another:
        another.setattr(versions_of_program, "version", lambda _: "99")
        assert checked(root).summary.cached == 0
    assert checked(root).summary.cached == 4


def test_fixes_are_kept_as_well(project: Write):
    root = project({"a.py": "import requests\n\n\ndef f(url):\n    return 1\n", "shop.py": RACY})
    first = checked(root, with_fixes=True)
    second = checked(root, with_fixes=True)
    assert any(finding.fix is not None for finding in first.findings)
    assert second.summary.cached == 2
    assert second.findings == first.findings
    assert cached(checked(root)) == (0, 2)


RACY = """\
import redis

r = redis.Redis()


def visit(page):
    n = int(r.get(f"visits:{page}") or 0)
    r.set(f"visits:{page}", n + 1)
"""


def test_suppressions_mean_the_same(project: Write):
    root = project(
        {
            **SHOP,
            "shop/stock.py": STOCK.replace("or 0)", "or 0)  # noqa: FEN201 one worker"),
            "other.py": "x = 1  # fenceline: ignore[FEN203] old\n",
        }
    )
    first, second = checked(root), checked(root)
    assert second.summary.cached == 4
    assert [finding.rule for finding in first.findings] == ["FEN001"]
    assert [one.finding.rule for one in first.suppressed] == ["FEN201"]
    assert (second.findings, second.suppressed) == (first.findings, first.suppressed)
    part = checked(root, "other.py")
    assert (cached(part), part.findings) == ((1, 1), first.findings)


def test_what_was_not_read_as_it_stands_is_not_kept(project: Write, monkeypatch: pytest.MonkeyPatch):
    """Somebody saves a file while it is looked at."""
    root = project(SHOP)
    examined = results.Results._examined

    def meanwhile(self: results.Results, *arguments: Any) -> list[FileResult]:
        found = examined(self, *arguments)
        project({"shop/stock.py": "x = 1\n"})
        project({"shop/stock.py": STOCK})  # and takes it back
        return found

    monkeypatch.setattr(results.Results, "_examined", meanwhile)
    checked(root)
    assert entries(root) == []


def test_internal_errors_are_not_kept(project: Write, monkeypatch: pytest.MonkeyPatch):
    root = project(SHOP)
    with monkeypatch.context() as broken:
        broken.setattr("fenceline.examine.analyse_file", lambda *_: 1 / 0)
        assert checked(root).has_internal_error
    again = checked(root)
    assert not again.has_internal_error
    assert again.summary.cached == 2  # those that nothing was asked of


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_whether_a_file_can_be_opened_counts(project: Write):
    root = project(SHOP)
    (root / "other.py").chmod(0)
    assert "FEN003" in [finding.rule for finding in checked(root).findings]
    assert checked(root).summary.cached == 4
    (root / "other.py").chmod(0o600)
    again = checked(root)
    assert again.summary.cached == 0
    assert "FEN003" not in [finding.rule for finding in again.findings]


def test_broken_files_are_kept_with_what_is_wrong(project: Write):
    root = project({**SHOP, "broken.py": "def f(:\n    pass\n\n\nx = 1\n", "latin.py": b"# \xe4\n"})
    first, second = checked(root), checked(root)
    assert "FEN003" in [finding.rule for finding in first.findings]
    assert (second.findings, second.summary.errors) == (first.findings, first.summary.errors)
    assert cached(second) == (6, 6)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda _: b"\xff" * 100,
        lambda data: data.replace(b"FEN201", b"FEN202"),
        lambda _: signed(b"[1, 2]"),
        lambda _: signed(b'{"other.py": "x"}'),
        lambda _: signed(b'{"other.py": [1, [[1]], [], [], []]}'),
        lambda _: signed(b'{"other.py": [1, [], []]}'),
        lambda _: signed(b"[" * 100_000),
    ],
)
def test_a_broken_entry_is_as_none(project: Write, damage: Callable[[bytes], bytes]):
    root = project(SHOP)
    first = checked(root)
    shutil.rmtree(root / ".fenceline_cache" / "states")
    (entry,) = entries(root)
    entry.write_bytes(damage(entry.read_bytes()))
    again = checked(root)
    assert again.summary.cached == 0
    assert again.findings == first.findings
    assert cached(checked(root)) == (4, 4)


def signed(body: bytes) -> bytes:
    return results._digest_of(body) + b"\n" + body


def test_the_directory_tells_git_and_backups(project: Write):
    root = project(SHOP)
    checked(root)
    folder = root / ".fenceline_cache"
    assert (folder / ".gitignore").read_text().splitlines()[-1] == "*"
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    git = ("git", "-C", str(root))
    subprocess.run([*git, "init", "-q"], check=True)
    status = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout
    assert ".fenceline_cache" not in status


def test_a_directory_that_holds_other_things_is_not_ignored(project: Write):
    root = project({**SHOP, "pyproject.toml": '[tool.fenceline]\ncache-dir = "."\n'})
    checked(root)
    assert cached(checked(root)) == (4, 4)
    assert not (root / ".gitignore").exists()


def test_another_directory(project: Write, tmp_path: Path):
    folder = tmp_path / "elsewhere" / "cache"
    root = project({**SHOP, "pyproject.toml": f'[tool.fenceline]\ncache-dir = "{folder.as_posix()}"\n'})
    checked(root)
    assert cached(checked(root)) == (4, 4)
    assert not (root / ".fenceline_cache").exists()
    assert len(list((folder / "results").iterdir())) == 1


def test_another_checkout_with_the_same_files_finds_them(project: Write, tmp_path: Path):
    project({**SHOP, "pyproject.toml": f'[tool.fenceline]\ncache-dir = "{tmp_path.as_posix()}/cache"\n'})
    checked(tmp_path / "project")
    (tmp_path / "project").rename(tmp_path / "clone")
    assert cached(checked(tmp_path / "clone")) == (4, 4)


@pytest.mark.parametrize("value", ["1", '""', '"  "', "[]"])
def test_a_directory_must_be_a_path(project: Write, value: str):
    root = project({"pyproject.toml": f"[tool.fenceline]\ncache-dir = {value}\n"})
    with pytest.raises(ConfigError, match="cache-dir must be the path of a directory"):
        load_config(root)


def test_it_can_be_turned_off(project: Write, run: Run, monkeypatch: pytest.MonkeyPatch):
    root = project(SHOP)
    run("check", "--no-cache")
    monkeypatch.setenv("FENCELINE_NO_CACHE", "1")
    run("check")
    assert not (root / ".fenceline_cache").exists()
    monkeypatch.delenv("FENCELINE_NO_CACHE")
    run("check")
    assert run("check", "--format", "json", "--statistics").report()["statistics"]["files"]["cached"] == 4
    assert run("check", "--format", "json", "--statistics", "--no-cache").report()["statistics"]["files"]["cached"] == 0


def test_a_place_that_cannot_be_written_to_is_no_error(project: Write, run: Run):
    root = project(SHOP)
    (root / ".fenceline_cache").write_text("a file")
    outcome = run("check", "--format", "json")
    assert (outcome.code, outcome.rules()) == (1, ["FEN201"])


def test_a_root_that_is_a_package_keeps_nothing(project: Write):
    root = project({**SHOP, "__init__.py": ""})
    checked(root)
    assert not (root / ".fenceline_cache").exists()


def test_fixing_changes_what_is_found_and_takes_what_is_kept(project: Write, run: Run):
    root = project({"shop.py": RACY})
    before = checked(root, with_fixes=True)
    assert [finding.fix is not None for finding in before.findings] == [True]
    assert run("fix", "--unsafe-fixes").code == 0
    assert checked(root).findings == ()
    assert checked(root).summary.cached == 1


def test_links_count_with_where_they_lead(project: Write, tmp_path: Path):
    for name, text in (("one", STOCK), ("two", "x = 1\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stock.py").write_text(text)
    root = project({"views.py": VIEWS.replace("shop", "linked")})
    (root / "linked").symlink_to(tmp_path / "one")
    assert len(checked(root).findings) == 1
    (root / "linked").unlink()
    (root / "linked").symlink_to(tmp_path / "two")
    again = checked(root)
    assert (again.summary.cached, again.findings) == (0, ())
    (root / "loop").symlink_to(root)
    assert contents_of(root) is not None


def test_what_is_no_file_is_not_opened(project: Write):
    root = project(SHOP)
    before = contents_of(root)
    os.mkfifo(root / "pipe.py")
    (root / "nowhere.py").symlink_to(root / "missing")
    (root / "folder.py").mkdir()
    assert contents_of(root) != before


def test_too_much_is_not_read_each_time(project: Write, monkeypatch: pytest.MonkeyPatch):
    root = project(SHOP)
    with monkeypatch.context() as less:
        less.setattr(contents, "MOST_FILES", 3)
        assert contents_of(root) is None
    monkeypatch.setattr(contents, "MOST_BYTES", 100)
    assert contents_of(root) is None


def test_entries_are_bounded_by_number_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = Store(tmp_path)
    keys = [f"{n:032x}" for n in range(MOST_ENTRIES + 5)]
    for n, key in enumerate(keys):
        store.save(key, {"a.py": FileResult("a.py", lines=n + 1)})
        os.utime(tmp_path / "results" / f"{key}.json", (n, n))
    assert store.load(keys[0]) == {}
    assert store.load(keys[10])["a.py"].lines == 11  # used now, so it stays
    monkeypatch.setattr(results, "MOST_BYTES", 100)
    store.save("f" * 32, {"b.py": FileResult("b.py", lines=1)})
    left = {path.stem for path in (tmp_path / "results").iterdir()}
    assert {"f" * 32, keys[10]} >= left
    assert "f" * 32 in left


def test_what_killed_runs_leave_is_removed(tmp_path: Path):
    store = Store(tmp_path)
    store.save("a" * 32, {})
    names = f"{'b' * 32}.{'0' * 16}.tmp", f"{'b' * 32}.{'1' * 16}.tmp", "notes.txt"
    old, new, other = (tmp_path / "results" / name for name in names)
    for path in (old, new, other):
        path.write_text("x")
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    store.save("c" * 32, {})
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def _save_often(folder: str, key: str) -> None:
    store = Store(Path(folder))
    for n in range(60):
        store.save(key, {f"{m}.py": FileResult(f"{m}.py", lines=n + 1) for m in range(300)})


def test_runs_at_the_same_time_leave_whole_entries(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    key = "d" * 32
    writers = [context.Process(target=_save_often, args=(str(tmp_path), key)) for _ in range(3)]
    for one in writers:
        one.start()
    store, seen = Store(tmp_path), 0
    while any(one.is_alive() for one in writers):
        found = store.load(key)
        if found:
            seen += 1
            assert len(found) == 300
            assert len({one.lines for one in found.values()}) == 1
        if seen == 20:
            writers[0].kill()
    for one in writers:
        one.join()
    assert seen
    assert len(store.load(key)) == 300


def test_whatever_a_result_holds_comes_back(tmp_path: Path):
    edit = Edit("a.py", 1, 2, 3, 4, "text\n")
    fix = Fix("f", "unsafe", "Do it", (edit,), True, 7, ("note",), "why", (("a.py", "0" * 64),))
    reached = Reached("view", "order", (Hop("a.py", 1, "order"),), 2, "POST", "/orders")
    finding = made(fix=fix, reached=reached, function=None, message="ä \ud800 \u2028", confidence=Confidence.LOW)
    error = RunError("a.py", "unreadable", "why", 3, 4)
    result = FileResult("a.py", [finding, made()], [error], 12, reached={"b.py", "a.py"})
    store = Store(tmp_path)
    store.save("e" * 32, {"a.py": result})
    (again,) = store.load("e" * 32).values()
    assert (again.findings, again.errors, again.lines, again.reached) == (
        result.findings,
        result.errors,
        12,
        {"a.py", "b.py"},
    )


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (int, True),
        (int, "1"),
        (str, 1),
        (Confidence, "sure"),
        (tuple[str, str], ["a"]),
        (list[int], {}),
        (Hop, ["a", 1]),
    ],
)
def test_what_does_not_fit_is_refused(kind: Any, record: Any):
    with pytest.raises(RecordError):
        value_of(kind, record)


def test_records_are_json():
    record = record_of(made())
    assert value_of(type(made()), json.loads(json.dumps(record))) == made()


def test_the_whole_program_says_the_same_with_and_without(project: Write, program: Run):
    project(SHOP)
    told = [program("check", "--quiet").out for _ in range(2)]
    told.append(program("check", "--quiet", "--no-cache").out)
    assert told[0] == told[1] == told[2] != ""
