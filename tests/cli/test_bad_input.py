"""Input that is wrong in some way: the message names the file, the rest goes on, and nobody sees a traceback."""

from __future__ import annotations

import pytest

from tests.cli.conftest import BROKEN, Run

NESTED = "x = " + "(" * 5_000 + "1" + ")" * 5_000 + "\n"
NESTED_BLOCKS = "".join(" " * n + "if redis:\n" for n in range(5_000)) + " " * 5_000 + "pass\n"
CASES = {
    "undecodable": (b'name = "\xff\xfe"\n', "cannot be decoded"),
    "unknown encoding": (b"# -*- coding: klingon -*-\n", "cannot be decoded"),
    "NUL": (b"a = 1\n\0\n", "NUL"),
    "unparsable": (BROKEN.encode(), "syntax error in line 1"),
    "not Python at all": (b"<html>\n<body>&nbsp;</body>\n", "syntax error"),
    "10 MB": (b"x = 1\n" * 1_700_000, "too large"),
    "nested": (NESTED.encode(), "nested too deeply"),
    "nested and relevant": (b"import redis\n" + NESTED.encode(), "nested too deeply"),
    "nested blocks": (NESTED_BLOCKS.encode(), ""),
    "nested lists": (b"x = " + b"[" * 5_000 + b"]" * 5_000, "nested too deeply"),
    "nested attributes": (b"x = redis" + b".a()" * 5_000, "nested too deeply"),
    "operators": (b"x = redis" + b" + 1" * 5_000, "nested too deeply"),
    "unclosed brackets": (b"x = " + b"(" * 5_000, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_source(project, program: Run, case: str):
    data, reason = CASES[case]
    project({"bad.py": data, "other.py": BROKEN})
    outcome = program("check", "--format", "json")
    report = outcome.report()
    assert outcome.code == 1, outcome.err
    assert outcome.err == ""
    assert set(outcome.paths()) == {"bad.py", "other.py"}
    bad = [finding for finding in report["findings"] if finding["path"] == "bad.py"]
    assert {finding["rule"] for finding in bad} == {"FEN003"}
    assert any(reason in finding["message"] for finding in bad)
    assert {entry["path"] for entry in report["summary"]["errors"]} == {"bad.py", "other.py"}


@pytest.mark.parametrize("data", [b"", b"\n", b"# nothing\n", b"\xef\xbb\xbfx = 1\n", b"x = 1\r\ny = 2\r", b"\x0c\n"])
def test_empty_and_odd_but_fine(project, run: Run, data: bytes):
    project({"a.py": data})
    assert run("check").code == 0


def test_the_rest_of_a_broken_file_is_analysed(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    project({"a.py": "import redis\n\ndef broken(:\n    pass\n\ndef fine():\n    return 1\n"})
    seen: list[str] = []
    monkeypatch.setattr("fenceline.examine.analyse_file", lambda _project, path, *_: seen.append(path) or [])
    report = run("check", "--format", "json").report()
    assert seen == ["a.py"]
    assert [(finding["line"], finding["function"]) for finding in report["findings"]] == [(3, "broken")]


def test_an_unreadable_file(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    root = project({"locked.py": "", "b.py": BROKEN})
    read_bytes = type(root).read_bytes

    def refuse(path) -> bytes:
        if path.name == "locked.py":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(type(root), "read_bytes", refuse)
    outcome = run("check")
    assert outcome.code == 1
    assert "locked.py:1:1: FEN003 unreadable-source: the file cannot be read: Permission denied" in outcome.out
    assert "b.py:1:1: FEN003" in outcome.out


def test_a_file_that_disappears_meanwhile(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    root = project({"a.py": "", "b.py": BROKEN})
    from fenceline import workers

    examine_files = workers.examine_files

    def vanish(*arguments: object) -> object:
        (root / "a.py").unlink()
        return examine_files(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("fenceline.workers.examine_files", vanish)
    assert run("check", "--format", "json").paths() == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[tool.fenceline\n", "not valid TOML"),
        ("[tool.fenceline]\nselect = [\n", "(at the end, line 2)"),
        (b"\xff\xfe", "not UTF-8"),
        ("tool = 3\n[tool.fenceline]\n", "not valid TOML"),
        ("[tool]\nfenceline = 3\n", "[tool.fenceline] must be a table, not 3"),
        ("[tool.fenceline]\nselekt = []\n", "has no key 'selekt'; did you mean 'select'?"),
        ("[tool.fenceline]\nmin_confidence = 'low'\n", "did you mean 'min-confidence'?"),
        ("[tool.fenceline]\nselect = 'FEN2'\n", "select must be a list of strings, not 'FEN2'"),
        ("[tool.fenceline]\nselect = [1]\n", "select must be a list of strings, not [1]"),
        ("[tool.fenceline]\njobs = true\n", "jobs must be a whole number of at least 1, not True"),
        ("[tool.fenceline]\njobs = 0\n", "jobs must be a whole number"),
        ("[tool.fenceline]\nmin-confidence = 'sure'\n", "min-confidence must be one of low, medium, high, not 'sure'"),
        ("[tool.fenceline]\nmin-confidence = ['low']\n", "min-confidence must be one of"),
        ("[tool.fenceline]\nforce-exclude = 'yes'\n", "force-exclude must be true or false"),
        ("[tool.fenceline]\nexclude = ['!']\n", "exclude must be a list of patterns as in .gitignore"),
        ("[tool.fenceline]\nselect = ['FEN999']\n", "select: no rule matches 'FEN999'"),
        ("[tool.fenceline]\noutput-format = 'xml'\n", "output-format must be one of text, json, html"),
        ("x = " + "[" * 5000, "pyproject.toml"),
    ],
)
def test_a_broken_configuration_stops_the_run(project, program: Run, content: str | bytes, said: str):
    project({"pyproject.toml": content, "a.py": BROKEN})
    outcome = program("check")
    assert outcome.code == 2
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert "pyproject.toml" in line
    assert said in line


@pytest.mark.parametrize(
    "content",
    ["[[type]\n", b"\xff", "[[type]]\nnames = 3\n", '[[function]]\nop = "get"\n', "tokens = 3\n", "type = 3\n", None],
)
def test_a_broken_model_file_stops_the_run(project, program: Run, content: str | bytes | None):
    files = {"pyproject.toml": '[tool.fenceline]\nmodels = ["conf/ours.toml"]\n', "a.py": BROKEN}
    project(files if content is None else {**files, "conf/ours.toml": content})
    for jobs in (1, 2):
        outcome = program("check", "--jobs", jobs)
        assert outcome.code == 2
        assert outcome.out == ""
        (line,) = outcome.err.splitlines()
        assert "ours.toml" in line
