"""Every annotated case, and the example shop, against what its annotations say.

A case is a file or a directory (a project of several files) in ``tests/rules/<rule name>/``. The comments in it say
what the analysis reports at the default confidence; lines and rules must match exactly:

``# expect: FEN201`` or ``# expect: FEN201 "part of the message"``
    a finding on this line
``# missed-alarm: FEN201``
    a hazard that the analysis does not see yet; the note must go when it does
``# false-alarm: FEN201``
    a finding that is wrong; the note must go when it goes
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fenceline.analyzer.finding import Confidence, Finding, Severity
from fenceline.config import Config
from fenceline.engine import check
from fenceline.rules import all_rules
from fenceline.selection import Selection

HERE = Path(__file__).parent
CASES = HERE / "rules"
SHOP = HERE.parent / "examples" / "shop"

PAIR_RULES = ("FEN201", "FEN202", "FEN203", "FEN204", "FEN205", "FEN213", "FEN304")
"""The rules about pairs of operations, each of which the shop shows."""

RIVALS = (*PAIR_RULES, "FEN208", "FEN209")
"""Run together on each other's cases, for only one of them may speak of a pair of operations."""

RULES_BUILT = {rule.name: rule.code for rule in all_rules()}

_WORDS = ("expect", "missed-alarm", "false-alarm")
_NOTE = re.compile(rf'# ({"|".join(_WORDS)}): (FEN\d{{3}})(?: "([^"]+)")?(?=\s+#|\s*$)')
_LOOKS_LIKE_A_NOTE = re.compile(rf"\b({'|'.join(_WORDS)}):")


@dataclass(frozen=True, slots=True)
class Note:
    """One annotation, and where it stands."""

    word: str
    path: str
    line: int
    rule: str
    message: str

    @property
    def place(self) -> tuple[str, int, str]:
        return self.path, self.line, self.rule


def case_paths() -> list[Path]:
    """The files and directories that are cases, in order; fixed twins of cases are not."""
    paths = sorted(path for folder in CASES.iterdir() if folder.is_dir() for path in folder.iterdir())
    return [path for path in paths if _is_case(path)]


def _is_case(path: Path) -> bool:
    if path.is_dir():
        return path.name != "__pycache__"
    return path.suffix == ".py" and not path.name.endswith(".fixed.py")


def python_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def notes_in(path: Path) -> list[Note]:
    base = path if path.is_dir() else path.parent
    return [
        note
        for file in python_files(path)
        for note in notes_of(file.read_text(encoding="utf-8"), file.relative_to(base).as_posix())
    ]


def notes_of(text: str, path: str) -> Iterator[Note]:
    """The annotations of one file; a comment that only looks like one is an error."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        found = _NOTE.findall(token.string)
        if len(found) != len(_LOOKS_LIKE_A_NOTE.findall(token.string)):
            raise ValueError(f"{path}:{token.start[0]}: cannot read the annotation {token.string!r}")
        for word, rule, message in found:
            yield Note(word, path, token.start[0], rule, message)


def rules_for(path: Path, notes: list[Note]) -> list[str]:
    """The case's own rule, those that its notes name, and their rivals; none when its own rule is not built."""
    own = RULES_BUILT.get(path.parent.name)
    if own is None:
        return []
    wanted = {own, *(note.rule for note in notes)}
    if wanted & set(RIVALS):
        wanted.update(RIVALS)
    return sorted(wanted & set(RULES_BUILT.values()))


def findings_in(path: Path, scratch: Path, config: Config) -> tuple[Finding, ...]:
    """A case is a project of its own: a file is analysed away from its neighbours."""
    if path.is_dir():
        root = path.resolve()
    else:
        root = (scratch / "case").resolve()
        root.mkdir()
        shutil.copy(path, root)
    return check([root], config, root).findings


def only(rules: list[str]) -> Config:
    return Config(selections=(Selection(select=tuple(rules)),), jobs=1)


def differences(findings: tuple[Finding, ...], notes: list[Note]) -> list[str]:
    """What a reader must know to mend either the case or the analysis; empty when they agree."""
    found = {(finding.path, finding.line, finding.rule): finding for finding in findings}
    missed = {note.place for note in notes if note.word == "missed-alarm"}
    wanted = {note.place: note for note in notes if note.word != "missed-alarm"}
    lines = []
    for place in sorted(found.keys() | wanted.keys()):
        where = "{}:{}: {}".format(*place)
        if place not in wanted:
            known = "a missed alarm no more: make it an expect" if place in missed else found[place].message
            lines.append(f"{where} not annotated: {known}")
        elif place not in found:
            is_wrong_one = wanted[place].word == "false-alarm"
            lines.append(f"{where} " + ("a false alarm no more: remove the note" if is_wrong_one else "not reported"))
        elif wanted[place].message not in found[place].message:
            lines.append(f"{where} says {found[place].message!r}, without {wanted[place].message!r}")
    return lines


def case_id(path: Path) -> str:
    return path.relative_to(CASES).as_posix()


@pytest.mark.parametrize("path", case_paths(), ids=case_id)
def test_case(path: Path, tmp_path: Path):
    notes = notes_in(path)
    rules = rules_for(path, notes)
    if not rules:
        pytest.skip(f"no rule is called {path.parent.name} yet")
    assert differences(findings_in(path, tmp_path, only(rules)), notes) == []


@pytest.mark.parametrize("path", [path for path in case_paths() if not notes_in(path)], ids=case_id)
def test_every_rule_is_silent_about_a_good_case(path: Path, tmp_path: Path):
    assert differences(findings_in(path, tmp_path, Config(jobs=1)), []) == []


def test_shop():
    findings = findings_in(SHOP, SHOP, Config(jobs=1))
    assert differences(findings, notes_in(SHOP)) == []
    assert [one.rule for one in findings if not one.trace] == []


FAILURES_OF_DISTRIBUTED_COORDINATION = {
    "a job fires once per replica": "FEN101",
    "a job overlaps itself": "FEN102",
    "a redelivery between the write and the commit": "FEN301",
    "GET, check, DECR": "FEN201",
    "a lock outlived by its holder": "FEN401",
}


def test_shop_holds_the_failures_of_distributed_coordination():
    shown = {note.rule for note in notes_in(SHOP) if note.word == "expect"}
    assert set(FAILURES_OF_DISTRIBUTED_COORDINATION.values()) <= shown


def test_shop_shows_each_rule_twice():
    rules = [note.rule for note in notes_in(SHOP)]
    assert {rule for rule in PAIR_RULES if rules.count(rule) < 2} == set()


def test_shop_can_be_imported():
    program = "import django; django.setup(); import shop.urls, shop.payments_sql"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=SHOP, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("path", [*case_paths(), SHOP], ids=lambda path: path.relative_to(HERE.parent).as_posix())
def test_case_compiles_and_stays_short(path: Path):
    for file in python_files(path):
        source = file.read_text(encoding="utf-8")
        compile(source, str(file), "exec", dont_inherit=True)
        assert source.count("\n") < 250, f"{file} is too long to be read at once"


def test_notes_are_read():
    text = 'a()  # expect: FEN201 "stock"\nb()  # false-alarm: FEN202  # missed-alarm: FEN203\n# nothing: FEN1\n'
    assert list(notes_of(text, "x.py")) == [
        Note("expect", "x.py", 1, "FEN201", "stock"),
        Note("false-alarm", "x.py", 2, "FEN202", ""),
        Note("missed-alarm", "x.py", 2, "FEN203", ""),
    ]


@pytest.mark.parametrize("comment", ["# expect: 201", "# expect: FEN20", "# missed-alarm: FEN201 because"])
def test_note_that_cannot_be_read_is_an_error(comment: str):
    with pytest.raises(ValueError, match=r"x\.py:1: cannot read"):
        list(notes_of(comment + "\n", "x.py"))


def a_finding(line: int, rule: str = "FEN201", message: str = "stock is read") -> Finding:
    return Finding(rule, "a-name", "x.py", line, 1, line, 2, None, Severity.ERROR, Confidence.HIGH, message, "0")


@pytest.mark.parametrize(
    ("notes", "findings", "difference"),
    [
        ("# expect: FEN201", [a_finding(1)], None),
        ('# expect: FEN201 "stock"', [a_finding(1)], None),
        ('# expect: FEN201 "coupon"', [a_finding(1)], "without 'coupon'"),
        ("# expect: FEN201", [], "not reported"),
        ("# expect: FEN201", [a_finding(1), a_finding(2)], "not annotated: stock is read"),
        ("# expect: FEN201", [a_finding(1, "FEN202"), a_finding(1)], "FEN202 not annotated"),
        ("# missed-alarm: FEN201", [], None),
        ("# missed-alarm: FEN201", [a_finding(1)], "a missed alarm no more"),
        ("# false-alarm: FEN201", [a_finding(1)], None),
        ("# false-alarm: FEN201", [], "a false alarm no more"),
    ],
)
def test_notes_are_strict(notes: str, findings: list[Finding], difference: str | None):
    told = differences(tuple(findings), list(notes_of(notes + "\n", "x.py")))
    assert len(told) == (difference is not None)
    assert difference is None or difference in told[0]
