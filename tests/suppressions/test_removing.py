"""What ``fenceline fix`` does about suppressions that suppress nothing: the comment goes, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.config import Config
from fenceline.passes import fix
from fenceline.selection import Selection

HEAD = "import redis\n\nr = redis.Redis()\n\n\ndef f(k):\n"
HAZARD = "    if r.get(k):\n        r.decr(k)\n"
CONFIG = Config(selections=(Selection(select=("ALL",)),), jobs=1)


def fixed(folder: Path, text: str) -> str:
    folder.joinpath("app.py").write_bytes(text.encode())
    changes = fix([folder], CONFIG, folder).changes
    return changes[0].new.source.text if changes else text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    x = 1  # fenceline: ignore[FEN201] old\n", "    x = 1\n"),
        ("    x = 1  # noqa: FEN201, F401\n", "    x = 1  # noqa: F401\n"),
        ("    x = 1  # noqa: F401,FEN201\n", "    x = 1  # noqa: F401\n"),
        ("    x = 1  # noqa: E501 FEN202\n", "    x = 1  # noqa: E501\n"),
        ("    x = 1  # noqa: FEN201 a reason\n", "    x = 1\n"),
        ("    x = 1  # noqa: FEN203, FEN204\n", "    x = 1\n"),
        ("    x = 1  # a word  # noqa: FEN203\n", "    x = 1  # a word\n"),
        ("    x = 1  # fenceline: ignore  # noqa: E501\n", "    x = 1  # noqa: E501\n"),
        ("    x = 1  # type: ignore # fenceline: ignore[FEN201]\n", "    x = 1  # type: ignore\n"),
        ("    # fenceline: ignore[FEN402]\n    x = 1\n", "    x = 1\n"),
        ("    x = 1\r\n    # fenceline: ignore[FEN402]\r\n    y = 1\r\n", "    x = 1\r\n    y = 1\r\n"),
        ("    x = 1\n    # fenceline: ignore-file[FEN205] generated", "    x = 1\n"),
        ("    x = '# noqa: FEN201'  # fenceline: ignore[FEN201]\n", "    x = '# noqa: FEN201'\n"),
    ],
)
def test_what_is_for_nothing_goes(tmp_path: Path, before: str, after: str):
    assert fixed(tmp_path, HEAD + before) == HEAD + after


def test_one_code_of_several(tmp_path: Path):
    comment = "    # fenceline: ignore[FEN203, FEN201, FEN202] counted elsewhere\n"
    assert (
        fixed(tmp_path, HEAD + comment + HAZARD)
        == HEAD + comment.replace("FEN203, ", "").replace(", FEN202", "") + HAZARD
    )


@pytest.mark.parametrize(
    "text",
    [
        "    # fenceline: ignore[FEN201] counted elsewhere\n" + HAZARD,
        "    x = 1  # fenceline: ignore[FEN999]\n",  # perhaps misspelt
        "    x = 1  # fenceline: ignore[FEN201\n",  # cannot be read
        "    x = 1  # noqa\n",
        "    x = 1  # noqa: F401\n",
        "    x = 1  # fenceline: ignore[FEN201, FEN001] generated\n",
    ],
)
def test_what_is_used_or_not_understood_stays(tmp_path: Path, text: str):
    assert fixed(tmp_path, HEAD + text) == HEAD + text
