"""What is found in one file is found when it is written as several, however these import each other."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from fenceline.config import Config
from fenceline.engine import check
from fenceline.rules import all_rules
from fenceline.selection import Selection
from tests.project.splitting import SPELLINGS, read, split

PROGRAMS = {
    f"{rule.code}-{number}": (rule.code, example.bad)
    for rule in all_rules()
    if rule.query is not None
    for number, example in enumerate(rule.examples, 1)
    if example.bad and read(example.bad).functions
}


NOT_FOLLOWED = frozenset({"FEN308-2"})
"""What is not found when the work is elsewhere: a column that another function writes back for the receiver."""


def found(root: Path, files: dict[str, str], rule: str) -> list[str]:
    """The findings of one rule in a project of these files, a line each."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    config = Config(selections=(Selection(select=(rule,)),), jobs=1)
    return [f"{one.path}:{one.line}: {one.message}" for one in check([root], config, root).findings]


def splits() -> list[object]:
    """Each program in some of the spellings, all of them in turn; half of these with its work in a third module."""
    turns = itertools.cycle(SPELLINGS)
    return [
        pytest.param(*PROGRAMS[name], spelling, moved, id=f"{name}-{spelling}-{'work' if moved else 'stores'}")
        for index, name in enumerate(PROGRAMS)
        for spelling, moved in (
            (next(turns), bool((place + index) % 2) and name not in NOT_FOLLOWED) for place in range(4)
        )
    ]


@pytest.mark.parametrize(("rule", "code", "spelling", "outlined"), splits())
def test_a_program_in_several_files_is_the_same_program(
    rule: str, code: str, spelling: str, outlined: bool, tmp_path: Path
):
    files = split(code, SPELLINGS[spelling], outlined=outlined)
    told = found(tmp_path.resolve(), files, rule)
    alone = found(tmp_path.resolve() / "alone", {"example.py": code}, rule)
    assert len(told) == len(alone), "\n\n".join([*told, *(f"# {name}\n{text}" for name, text in files.items())])
