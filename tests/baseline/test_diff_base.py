"""``check --diff-base``: both sides are analysed; what was there is not shown, wherever it stands now."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.baseline.repositories import Repository, repository
from tests.baseline.test_check import AGAIN, HEAD, SELL, VISIT
from tests.cli.conftest import Run, program, run

__all__ = ["program", "run"]

LOCKING = """import contextlib

import redis

client = redis.Redis()


@contextlib.contextmanager
def alone(sku):
    with client.lock(f"lock:{sku}", timeout=30):
        yield
"""
LOCKED = """from shop.locking import alone, client


def order(sku):
    with alone(sku):
        if int(client.get(f"stock:{sku}") or 0) < 1:
            raise LookupError(sku)
        client.decr(f"stock:{sku}")
"""
FILES = {"pyproject.toml": "", "shop/__init__.py": "", "shop/page.py": HEAD + VISIT, "shop/plain.py": "LIMIT = 3\n"}


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Repository:
    made = repository(tmp_path / "shop", FILES)
    monkeypatch.chdir(made.top)
    return made


def new(run: Run, *arguments: object, base: str = "main") -> list[tuple[str, str, str]]:
    report = run("check", "--diff-base", base, "--format", "json", *arguments).report()
    return [(one["rule"], one["path"], one["function"]) for one in report["findings"]]


# ------------------------------------------------------------------------------------------------------ what is new


def test_what_was_there_is_not_shown_and_is_counted(shop, run: Run):
    done = run("check", "--diff-base", "main")
    assert done.code == 0
    assert done.out.startswith("Found no hazards (1 there before) in 3 files (")


@pytest.mark.parametrize("state", ["untracked", "staged", "committed"])
def test_a_new_hazard_is_shown_alone_committed_or_not(shop, run: Run, state):
    shop.git("checkout", "-q", "-b", "topic")
    files = {"shop/stock.py": HEAD + SELL, "shop/page.py": "# moved\n" + HEAD + VISIT}
    shop.commit(files) if state == "committed" else shop.write(files)
    if state == "staged":
        shop.git("add", "-A")
    assert new(run) == [("FEN201", "shop/stock.py", "sell")]


def test_a_second_hit_in_a_function_is_new(shop, run: Run):
    text = HEAD + VISIT.replace("def visit(page):", f"def visit(page):{AGAIN.rstrip()}")
    shop.write({"shop/page.py": text})
    (finding,) = run("check", "--diff-base", "main", "--format", "json").report()["findings"]
    assert text.splitlines()[finding["line"]].strip().endswith("+ 100)")


def test_a_changed_helper_makes_a_hazard_in_a_file_that_has_not_changed(shop, run: Run):
    shop.commit({"shop/locking.py": LOCKING, "shop/orders.py": LOCKED})
    assert new(run) == []
    shop.write({"shop/locking.py": LOCKING.replace('with client.lock(f"lock:{sku}", timeout=30):', "if sku:")})
    assert new(run) == [("FEN201", "shop/orders.py", "order")]
    assert new(run, "shop/orders.py") == [("FEN201", "shop/orders.py", "order")]
    assert new(run, "shop/locking.py") == []


@pytest.mark.parametrize("is_staged", [True, False])
def test_what_is_renamed_or_moved_is_not_new(shop, run: Run, is_staged):
    shop.commit({"shop/stock.py": HEAD + SELL})
    shop.write(
        {
            "shop/page.py": None,
            "web/visits.py": HEAD + VISIT.replace("visit(", "visit_page("),
            "shop/stock.py": HEAD,
            "shop/plain.py": HEAD + SELL,
        }
    )
    if is_staged:
        shop.git("add", "-A")
        assert new(run) == []
    shop.write({"web/visits.py": HEAD + VISIT})
    assert new(run) == []


def test_a_copy_is_new(shop, run: Run):
    shop.write({"shop/copy.py": HEAD + VISIT})
    assert new(run) == [("FEN202", "shop/copy.py", "visit")]


def test_what_others_have_done_meanwhile_is_not_ours(shop, run: Run):
    shop.git("checkout", "-q", "-b", "topic")
    shop.commit({"shop/ours.py": HEAD + SELL})
    shop.git("checkout", "-q", "main")
    shop.commit({"shop/page.py": HEAD, "shop/theirs.py": HEAD + SELL})
    shop.git("checkout", "-q", "topic")
    assert new(run) == [("FEN201", "shop/ours.py", "sell")]


def test_a_comment_that_is_taken_away_shows_what_it_hid(shop, run: Run):
    hidden = VISIT.replace("or 0)\n", "or 0)  # fenceline: ignore[FEN202] one worker only\n")
    shop.commit({"shop/page.py": HEAD + hidden})
    assert new(run) == []
    shop.write({"shop/page.py": HEAD + VISIT})
    assert new(run) == [("FEN202", "shop/page.py", "visit")]


def test_a_comment_that_is_added_leaves_its_place_to_nothing(shop, run: Run):
    hidden = VISIT.replace("or 0)\n", "or 0)  # fenceline: ignore[FEN202] one worker only\n")
    shop.write({"shop/page.py": HEAD + hidden + AGAIN})
    assert new(run) == [("FEN202", "shop/page.py", "visit")]


def test_a_linked_work_tree_without_a_branch(shop, run: Run, monkeypatch):
    shop.git("worktree", "add", "-q", "--detach", "../linked")
    monkeypatch.chdir(shop.top.parent / "linked")
    Path("shop/stock.py").write_text(HEAD + SELL)
    assert new(run) == [("FEN201", "shop/stock.py", "sell")]


def test_an_earlier_commit_can_be_named(shop, run: Run):
    shop.commit({"shop/stock.py": HEAD + SELL})
    assert new(run, base="HEAD") == []
    assert new(run, base="HEAD~1") == [("FEN201", "shop/stock.py", "sell")]


# --------------------------------------------------------------------------------------- together with everything else


def test_a_baseline_comes_first(shop, run: Run):
    shop.write({"shop/stock.py": HEAD + SELL})
    run("check", "--write-baseline=known.json", "shop/stock.py")
    shop.write({"shop/page.py": HEAD + VISIT + AGAIN})
    report = run("check", "--diff-base", "main", "--baseline", "known.json", "--format", "json").report()
    assert [one["rule"] for one in report["findings"]] == ["FEN202"]
    assert (report["summary"]["baselined"], report["summary"]["unchanged"]) == (1, 1)


@pytest.mark.parametrize("form", ["text", "sarif", "gitlab", "junit", "markdown", "html", "github"])
def test_every_format_has_what_is_new_alone(shop, run: Run, form):
    shop.write({"shop/stock.py": HEAD + SELL})
    done = run("check", "--diff-base", "main", "--format", form)
    assert done.code == 1
    assert "FEN201" in done.out
    assert "shop/stock.py" in done.out
    assert "shop/page.py" not in done.out


def test_a_project_below_the_top_of_the_repository(tmp_path, run: Run, monkeypatch):
    made = repository(tmp_path / "all", {f"services/shop/{name}": text for name, text in FILES.items()})
    made.commit({"other/main.py": HEAD + SELL})
    monkeypatch.chdir(made.top / "services/shop")
    made.git("mv", "services/shop/shop/page.py", "services/shop/shop/web.py")
    made.write({"services/shop/shop/stock.py": HEAD + SELL})
    assert new(run) == [("FEN201", "shop/stock.py", "sell")]
    assert new(run, "--root", ".") == [("FEN201", "shop/stock.py", "sell")]


def test_the_settings_of_now_hold_for_both_sides(shop, run: Run):
    shop.write({"pyproject.toml": '[tool.fenceline]\nmin-confidence = "low"\nignore = ["FEN201"]\n'})
    shop.write({"shop/stock.py": HEAD + SELL})
    assert new(run) == []


def test_nothing_of_the_repository_is_touched(shop, run: Run):
    shop.commit({".gitignore": ".fenceline_cache/\n"})
    shop.write({"shop/stock.py": HEAD + SELL, "shop/page.py": HEAD + VISIT + "\n"})
    shop.git("add", "shop/stock.py")
    os.utime(shop.top / "shop/plain.py")  # git would write down that it has looked at it
    before = _state(shop)
    assert new(run) == [("FEN201", "shop/stock.py", "sell")]
    assert _state(shop) == before


def _state(made: Repository) -> dict[str, str]:
    files = (path for path in made.top.rglob("*") if path.is_file() and ".fenceline_cache" not in path.parts)
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_in_a_hook_git_says_where_it_is(shop, run: Run, monkeypatch):
    shop.write({"shop/stock.py": HEAD + SELL})
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.chdir(shop.top / "shop")
    assert new(run) == [("FEN201", "shop/stock.py", "sell")]


# ---------------------------------------------------------------------------------------------- what a repository holds


def test_submodules_links_and_pointers_are_no_obstacle(shop, tmp_path, run: Run):
    library = repository(tmp_path / "library", {"lib/visits.py": HEAD + VISIT})
    shop.git("submodule", "add", "-q", str(library.top), "vendored")
    (shop.top / "shop/link.py").symlink_to("page.py")
    (shop.top / "shop/away.py").symlink_to("/nowhere/at/all.py")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    shop.commit({"shop/large.py": pointer})
    assert new(run) == []
    shop.write({"vendored/lib/more.py": HEAD + SELL, "shop/large.py": HEAD + SELL})
    assert new(run) == [("FEN201", "vendored/lib/more.py", "sell")]


def test_names_that_are_not_utf_8(shop, run: Run):
    name = os.fsdecode(b"shop/caf\xe9 \n.py")
    shop.commit({name: HEAD + VISIT})
    assert new(run) == []
    shop.write({name: HEAD + VISIT + SELL})
    assert [rule for rule, _, _ in new(run)] == ["FEN201"]


def test_an_ignored_module_explains_both_sides(shop, run: Run):
    shop.commit({".gitignore": "shop/made.py\n", "shop/page.py": "from shop.made import client\n" + VISIT})
    shop.write({"shop/made.py": HEAD})
    assert run("check").code == 1
    assert new(run) == []


# ------------------------------------------------------------------------------------------------------------- errors


def test_what_cannot_be_compared_is_said_in_one_line(shop, tmp_path, run: Run, monkeypatch):
    shop.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    for ref, reason in {
        "none": "none: git knows no such revision",
        "trunk": "trunk: git knows no such revision; did you mean origin/trunk?",
        "--all": "--all: git knows no such revision",
        "main..HEAD": "main..HEAD: git knows no such revision",
        "": ": git knows no such revision",
    }.items():
        done = run("check", f"--diff-base={ref}")
        assert (done.code, done.out, done.err) == (2, "", f"Error: {reason}\n")
    shop.git("checkout", "-q", "--orphan", "alone")
    shop.commit({"shop/other.py": ""})  # the very same commit would be the same one
    assert "main and HEAD share no commit" in run("check", "--diff-base", "main").err
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    assert "git rev-parse: not a git repository" in run("check", "--diff-base", "main").err


def test_a_shallow_clone_without_the_base_is_told(shop, tmp_path, run: Run, monkeypatch):
    first = shop.git("rev-parse", "HEAD").strip()
    shop.commit({"shop/stock.py": HEAD + SELL})
    shop.git("clone", "-q", "--depth=1", f"file://{shop.top}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    done = run("check", "--diff-base", first)
    assert done.code == 2
    assert "in this shallow clone; fetch more of the history" in done.err
    assert run("check", "--diff-base", "origin/main").code == 0


def test_git_has_to_be_there(shop, run: Run, monkeypatch):
    monkeypatch.setenv("PATH", str(shop.top))
    done = run("check", "--diff-base", "main")
    assert (done.code, done.err) == (2, "Error: git is not installed, or not on the PATH\n")


@pytest.mark.parametrize("other", ["--write-baseline", "--fix"])
def test_what_does_not_go_together(shop, run: Run, other):
    done = run("check", "--diff-base", "main", other)
    assert done.code == 2
    assert f"--diff-base does not go with {other}" in done.err


# ------------------------------------------------------------------------------------------------ what it costs


def test_the_base_is_looked_at_only_where_it_can_matter(shop, run: Run, monkeypatch):
    seen: list[list[str]] = []
    from fenceline import comparing

    examine = comparing.examine
    monkeypatch.setattr(comparing, "examine", lambda run, files, *_: seen.append(list(files)) or examine(run, files))
    assert new(run) == []
    assert seen[1:] == [["shop/page.py"]]
    seen.clear()
    shop.write({"shop/page.py": HEAD})
    assert new(run) == []
    assert len(seen) == 1


def test_the_program_itself(shop, program: Run):
    shop.write({"shop/stock.py": HEAD + SELL})
    done = program("check", "--diff-base", "main", "-q", "--jobs", "2")
    assert done.code == 1
    assert [Path(line.split(":")[0]).name for line in done.out.splitlines()] == ["stock.py"]
