"""The file: for people, for merges, and refused in one line when it is no baseline."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from fenceline.baseline import BaselineError, Entry, check_place, entries_of, read_baseline, text_of, write_baseline
from tests.cli.conftest import made

ENTRIES = [
    Entry("FEN201", "shop/stock.py", "reserve", "stock:{sku} is read", "f1", ("aa:bb",)),
    Entry("FEN202", "shop/stock.py", "reserve", "stock:{sku} is written", "f2", ("aa:bb", "cc:dd"), 2, "until June"),
    Entry("FEN003", "shop/b\udc80.py", None, "it says “no”", "f3", ()),
]


def test_it_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "known.json"
    write_baseline(file, ENTRIES)
    assert sorted(read_baseline(file), key=lambda one: one.rule) == sorted(ENTRIES, key=lambda one: one.rule)
    assert [path.name for path in tmp_path.iterdir()] == ["known.json"]


def test_the_text_does_not_depend_on_the_order():
    texts = {text_of(random.Random(n).sample(ENTRIES, len(ENTRIES))) for n in range(9)}
    assert len(texts) == 1


def test_one_finding_is_one_line():
    before, after = text_of(ENTRIES[:2]).splitlines(), text_of(ENTRIES).splitlines()
    assert len(after) == len(before) + 1
    assert [line for line in before if line not in after] == []
    json.loads("\n".join(after))


def test_an_entry_says_what_it_is_about():
    value = json.loads(text_of(ENTRIES[1:2]))["findings"][0]
    assert value == {
        "path": "shop/stock.py",
        "function": "reserve",
        "rule": "FEN202",
        "reason": "until June",
        "message": "stock:{sku} is written",
        "count": 2,
        "fingerprint": "f2",
        "wordings": ["aa:bb", "cc:dd"],
    }


def test_alike_findings_are_one_entry():
    (entry,) = entries_of([made(line=9, wording="cc"), made(line=5, wording="bb")])
    assert (entry.count, entry.wordings) == (2, ("bb", "cc"))


def test_twice_the_same_after_a_merge_counts_once(tmp_path):
    file = tmp_path / "known.json"
    lines = text_of(ENTRIES[:1]).splitlines()
    file.write_text("\n".join([*lines[:3], lines[3] + ",", lines[3], *lines[4:]]))
    assert read_baseline(file) == ENTRIES[:1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a baseline: not valid JSON: Expecting value in line 1"),
        ("[]", "not a baseline: it has no 'version' and no list of 'findings'"),
        ('{"version": 1}', "not a baseline: it has no 'version' and no list of 'findings'"),
        ('{"version": 2, "findings": []}', "a baseline of version 2; this program reads version 1"),
        ('{"version": 1, "findings": [{}]}', "finding 1: 'rule' is missing"),
        ('{"version": 1, "findings": [3]}', "finding 1: it must be an object"),
        (text_of(ENTRIES[:1]).replace('"count": 1', '"count": 0'), "finding 1: 'count' must be a whole number"),
        (text_of(ENTRIES[:1]).replace('["aa:bb"]', '"aa"'), "finding 1: 'wordings' must be a list of strings"),
        (text_of(ENTRIES[:1]).replace('"FEN201"', "201"), "finding 1: 'rule' must be a string"),
        ('{\n"version": 1,\n<<<<<<< HEAD\n', "not a baseline: a merge conflict in line 3"),
        ("[" * 100_000, "not a baseline"),
    ],
)
def test_what_is_no_baseline_is_said_in_one_line(tmp_path, text, reason):
    file = tmp_path / "known.json"
    file.write_text(text)
    with pytest.raises(BaselineError) as caught:
        read_baseline(file)
    assert str(caught.value).startswith(f"{file}: {reason}")
    assert "\n" not in str(caught.value)


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(BaselineError, match="no such baseline"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(tmp_path)
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe")
    with pytest.raises(BaselineError, match="not UTF-8"):
        read_baseline(tmp_path / "latin.json")


def test_nothing_but_a_baseline_is_written_over(tmp_path):
    for name in ("stock.py", "pyproject.toml"):
        (tmp_path / name).write_text("[tool]")
        with pytest.raises(BaselineError):
            check_place(tmp_path / name)
    with pytest.raises(BaselineError, match="a directory"):
        check_place(tmp_path)
    with pytest.raises(BaselineError, match="no directory"):
        check_place(tmp_path / "none" / "known.json")
    assert check_place(tmp_path / "known.json") == []


def test_what_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    file = tmp_path / "known.json"
    write_baseline(file, ENTRIES)
    before = file.read_bytes()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(BaselineError, match="cannot be written: denied"):
        write_baseline(file, [])
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["known.json"]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.json").write_text(text_of([]))
    (tmp_path / "link.json").symlink_to("real.json")
    write_baseline(tmp_path / "link.json", ENTRIES)
    assert (tmp_path / "link.json").is_symlink()
    assert read_baseline(tmp_path / "real.json")
