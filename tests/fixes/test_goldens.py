"""What fixes make of code, to the byte: ``tests/fixes/<rule name>/<case>.py`` and ``<case>.fixed.py`` beside it.

A case is a project of its own, of one file or of a directory (``<case>/`` and ``<case>.fixed/``). Its rule finds
something in it, at some confidence, and this is fixed. A golden whose first line is ``# unsafe`` is what unsafe fixes
make of it, and safe ones then leave it as it is; a directory says so in any of its files. Without a golden nothing may
be changed, by unsafe fixes neither. A comment says why a hazard on its line is not fixed::

    lock.acquire()  # unfixed: "part of the reason"

What was fixed compiles, its rule is silent about the functions that were fixed, at any confidence, no other rule says
anything new, and fixing again changes nothing.
"""

from __future__ import annotations

import ast
import io
import re
import shutil
import tokenize
from pathlib import Path

import pytest

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.config import Config
from fenceline.engine import check
from fenceline.passes import fix, write
from fenceline.report.document import Fixed
from fenceline.rules import all_rules
from fenceline.selection import Selection

HERE = Path(__file__).parent
CODES = {rule.name: rule.code for rule in all_rules()}
UNSAFE = b"# unsafe\n"
FOLLOW_FROM_A_LOCK = {"FEN104", "FEN401", "FEN409"}
"""What an unsafe fix may bring that says what happens after the expiry of its lock."""

_UNFIXED = re.compile(r'# unfixed: "([^"]+)"')


def case_paths() -> list[Path]:
    folders = [one for one in HERE.iterdir() if one.is_dir() and one.name in CODES]
    cases = [path for folder in folders for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()]
    return sorted(one for one in cases if not one.stem.endswith(".fixed") and one.name != "__pycache__")


def golden_of(case: Path) -> Path:
    return case.with_name(f"{case.stem}.fixed{case.suffix}")


def contents(path: Path) -> dict[str, bytes]:
    """The files of a case or a golden, by their names in the project; those of a golden without its first line."""
    if not path.exists():
        return {}
    name = path.name.replace(".fixed", "")
    files = {one.relative_to(path).as_posix(): one for one in path.rglob("*.py")} if path.is_dir() else {name: path}
    return {name: file.read_bytes().removeprefix(UNSAFE) for name, file in files.items()}


def is_unsafe(golden: Path) -> bool:
    files = list(golden.rglob("*.py")) if golden.is_dir() else [golden]
    return any(one.read_bytes().startswith(UNSAFE) for one in files)


def project_of(case: Path, folder: Path) -> Path:
    root = folder.resolve() / "project"
    if case.is_dir():
        shutil.copytree(case, root, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        root.mkdir()
        shutil.copy(case, root)
    return root


def settings(case: Path, least: Confidence = Confidence.LOW) -> Config:
    own = Selection(select=(CODES[case.parent.name],))
    return Config(selections=(own,), min_confidence=least, jobs=1)


def fixed(root: Path, case: Path, *, unsafe: bool) -> Fixed:
    """What is fixed in the project, written to its files."""
    done = fix([root], settings(case), root, unsafe=unsafe)
    assert not done.report.summary.errors
    assert write(done, root) == {}
    return done


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str, str | None]]:
    return {(one.rule, one.path, one.function) for one in findings}


def everything(root: Path) -> tuple[Finding, ...]:
    return check([root], Config(jobs=1), root).findings


def reasons_in(case: Path) -> dict[tuple[str, int], str]:
    """Why something is not fixed, as the comments say it, by file and line."""
    found = {}
    for name, data in contents(case).items():
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            said = _UNFIXED.search(token.string) if token.type == tokenize.COMMENT else None
            if said:
                found[name, token.start[0]] = said[1]
    return found


@pytest.mark.parametrize("case", case_paths(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden(case: Path, tmp_path: Path, request: pytest.FixtureRequest):
    golden, root = golden_of(case), project_of(case, tmp_path)
    before = everything(root)
    if request.config.getoption("--update-goldens"):
        update(case, golden, root, tmp_path)
    wanted = contents(golden) or contents(case)
    unsafe = is_unsafe(golden) if golden.exists() else True
    if unsafe:
        left = fixed(root, case, unsafe=False)
        assert left.report.findings, "the rule finds nothing that could be fixed"
        assert contents(root) == contents(case), "safe fixes change it"
    done = fixed(root, case, unsafe=unsafe)
    now = contents(root)
    for name, data in wanted.items():
        assert now[name].decode("utf-8", "replace") == data.decode("utf-8", "replace")
    assert now == wanted
    for name, data in now.items():
        compile(data, name, "exec", flags=ast.PyCF_ONLY_AST)
    assert not told(done.findings) & told(done.report.findings), "the rule still speaks of what was fixed"
    news = told(everything(root)) - told(before)
    assert not {one for one in news if not (unsafe and one[0] in FOLLOW_FROM_A_LOCK)}, "another rule speaks of it now"
    assert not fixed(root, case, unsafe=unsafe).changes, "fixing again changes it again"


@pytest.mark.parametrize("case", [one for one in case_paths() if reasons_in(one)], ids=lambda path: path.stem)
def test_reasons(case: Path, tmp_path: Path):
    """Why there is no fix, at the lines that say so; nothing is written."""
    root = project_of(case, tmp_path)
    found = check([root], settings(case), root, with_fixes=True).findings
    said = {(one.path, one.line): (one.fix, " | ".join(one.unfixed)) for one in found}
    for place, reason in reasons_in(case).items():
        assert place in said, f"nothing is found at {place}"
        fix_there, why = said[place]
        assert fix_there is None, f"{place} has a fix: {fix_there.title if fix_there else ''}"
        assert reason in why, place


def update(case: Path, golden: Path, root: Path, folder: Path) -> None:
    """Write what is made of it now; look at the difference before keeping it."""
    unsafe = not fixed(root, case, unsafe=False).changes
    if unsafe:
        fixed(root, case, unsafe=True)
    now = contents(root)
    if golden.is_dir():
        shutil.rmtree(golden)
    golden.unlink(missing_ok=True)
    if now != contents(case):
        for name, data in now.items():
            file = golden / name if case.is_dir() else golden
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes((UNSAFE if unsafe else b"") + data)
    shutil.rmtree(root)
    project_of(case, folder)


def test_there_are_cases():
    assert case_paths()
