"""The hooks in real pre-commit: what makes a commit fail, what does not, and what is changed."""

from __future__ import annotations

import subprocess

import yaml

from fenceline.commands.check import check, fix
from tests.precommit.conftest import REPOSITORY, Tools, Work
from tests.small_shop import RACE, STOCK, VIEWS

LEAK = """\
import redis

r = redis.Redis()


def mark(key):
    r.setnx(key, 1)
    r.expire(key, 60)
"""


def test_a_hazard_makes_the_commit_fail(work: Work):
    work.use("fenceline")
    work.stage({"shop.py": RACE})
    said = work.run()
    assert said.code == 1
    assert "shop.py:7:12: FEN201 get-then-update: stock:{sku} is read" in said.out
    assert "replica A" in said.out


def test_clean_files_pass(work: Work):
    work.use("fenceline")
    work.stage({"shop.py": "x = 1\n"})
    said = work.run()
    assert (said.code, "Passed" in said.out) == (0, True)


def test_other_files_are_context_and_nothing_is_said_of_them(work: Work):
    work.commit({"old.py": RACE, "pyproject.toml": ""})
    work.use("fenceline")
    work.stage({"new.py": "from old import reserve\n\n\ndef f():\n    return 1\n"})
    said = work.run()
    assert (said.code, "FEN" in said.out) == (0, False)


def test_a_hazard_whose_other_half_is_not_staged_is_found(work: Work):
    work.commit({"shop/__init__.py": "", "shop/stock.py": STOCK})
    work.use("fenceline")
    work.stage({"shop/views.py": VIEWS})
    said = work.run()
    assert said.code == 1
    assert "FEN201" in said.out
    assert "order(sku)" in said.out


def test_what_is_not_staged_of_a_file_is_not_looked_at(work: Work):
    work.use("fenceline")
    work.stage({"shop.py": "x = 1\n"})
    work.write({"shop.py": RACE})
    assert work.run().code == 0
    assert (work.folder / "shop.py").read_text() == RACE


def test_files_of_other_languages_start_nothing(work: Work):
    work.use("fenceline")
    work.stage({"a.txt": "text", "b.toml": ""})
    assert "(no files to check)Skipped" in work.run().out


def test_what_is_left_out_is_left_out_here_too(work: Work):
    """pre-commit names all files; those of tests, and those that the settings exclude, are not checked by that."""
    work.use("fenceline")
    settings = '[tool.fenceline]\nexclude = ["legacy/"]\n'
    work.stage({"pyproject.toml": settings, "tests/test_shop.py": RACE, "legacy/shop.py": RACE})
    assert work.run().code == 0


def test_a_script_without_a_suffix_is_python_by_its_first_line(work: Work):
    work.use("fenceline")
    work.stage({"worker": "#!/usr/bin/env python3\n" + RACE})
    (work.folder / "worker").chmod(0o755)
    work.tools.git(work.folder, "add", "worker")
    assert "worker:8:12: FEN201" in work.run().out


def test_settings_and_arguments(work: Work):
    work.commit({"pyproject.toml": '[tool.fenceline]\nignore = ["FEN201"]\n'})
    work.use("fenceline")
    work.stage({"shop.py": RACE})
    assert work.run().code == 0
    work.use("fenceline", "--extend-select=FEN201", "--quiet")
    said = work.run("--files", "shop.py")
    assert said.code == 1
    assert "replica A" not in said.out


def test_one_process_for_all_files(work: Work):
    work.use("fenceline")
    work.commit({f"m{n}.py": f"x = {n}\n" for n in range(60)})
    said = work.run("--all-files", "--verbose")
    assert said.out.count("Found no hazards in 60 files") == 1


def test_commits_really_stop(work: Work):
    work.use("fenceline")
    work.tools.pre_commit(work.folder, "install")
    work.stage({"shop.py": RACE})
    command = ["git", "commit", "--message", "race"]
    done = subprocess.run(
        command, cwd=work.folder, env=work.tools.env(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1
    assert "FEN201" in done.stdout + done.stderr
    work.stage({"shop.py": RACE.replace('stock:{sku}")\n    if', 'stock:{sku}")  # noqa: FEN201 one worker\n    if')})
    work.tools.git(work.folder, *command[1:])


def test_safe_fixes_are_made_and_the_commit_fails_once(work: Work):
    work.use("fenceline-fix")
    work.stage({"marks.py": LEAK, "shop/__init__.py": "", "shop/stock.py": STOCK, "shop/views.py": VIEWS})
    said = work.run()
    assert said.code == 1
    assert "files were modified by this hook" in said.out
    fixed = (work.folder / "marks.py").read_text()
    assert "pipe.expire(key, 60)\n    pipe.execute()\n" in fixed
    assert (work.folder / "shop/stock.py").read_text() == STOCK
    work.tools.git(work.folder, "add", ".")
    assert work.run().code == 0  # what has no safe fix is for the other hook to tell


def test_the_results_that_are_kept_are_no_change_of_the_repository(work: Work, monkeypatch):
    monkeypatch.delenv("FENCELINE_NO_CACHE")
    work.use("fenceline")
    work.commit({"shop.py": "x = 1\n"})
    assert work.run("--all-files").code == 0
    assert (work.folder / ".fenceline_cache").is_dir()
    assert work.tools.git(work.folder, "status", "--porcelain") == ""


def test_it_can_be_tried(work: Work, tools: Tools):
    work.commit({"shop.py": RACE, "marks.py": LEAK})
    said = tools.pre_commit(work.folder, "try-repo", str(tools.repo), "fenceline", "--all-files", "--verbose")
    assert said.code == 1
    assert "shop.py:7:12: FEN201" in said.out
    said = tools.pre_commit(work.folder, "try-repo", str(tools.repo), "fenceline-fix", "--all-files")
    assert said.code == 1
    assert "files were modified by this hook" in said.out


def test_the_entries_are_commands_that_there_are():
    hooks = {one["id"]: one for one in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())}
    assert sorted(hooks) == ["fenceline", "fenceline-fix"]
    for hook, command in (("fenceline", check), ("fenceline-fix", fix)):
        program, name, *options = hooks[hook]["entry"].split()
        assert (program, name) == ("fenceline", command.name)
        assert set(options) <= {option for one in command.params for option in one.opts}
        assert hooks[hook]["require_serial"] is True
