"""``fenceline fix`` and ``check --fix``: what is changed, what is said, and the exit codes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fenceline import passes
from fenceline.analyzer.finding import Edit
from fenceline.config import Config, ConfigError, load_config
from fenceline.fixers.settings import FixSettings
from fenceline.patches import digest_of
from fenceline.rules.rule import Rule
from tests.cli.conftest import Run, made
from tests.cli.racy import analysis_with, calls_safe

ONE = "import redis\n\n\ndef take(sku):\n    return racy(sku)  # here\n"
FIXED = "from safety import safe\nimport redis\n\n\ndef take(sku):\n    return safe(sku)  # here\n"


@pytest.fixture(autouse=True)
def fixing(monkeypatch: pytest.MonkeyPatch):
    """Every call of ``racy`` is a hazard; ``with_edits`` chooses what its fix does."""

    def with_edits(edits=calls_safe, **of_fix: object) -> None:
        monkeypatch.setattr("fenceline.examine.analyse_file", analysis_with(edits, **of_fix))

    monkeypatch.setattr("fenceline.examine._offer", lambda _: None)
    monkeypatch.setattr("fenceline.analyzer.demand.Demand.is_asked_for", lambda *_: True)
    with_edits()
    return with_edits


def in_one_line(*calls: str) -> str:
    return "import redis\n" + "".join(f"def f{n}(x):\n    {call}\n" for n, call in enumerate(calls))


def test_safe_fixes_are_made(project, run: Run):
    root = project({"shop/stock.py": ONE})
    outcome = run("fix")
    assert (root / "shop/stock.py").read_text() == FIXED
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[:3] == ["shop/stock.py: 1 fix (FEN201)", "    FEN201 in take: call safe", ""]
    assert lines[3].startswith("Fixed 1 hazard in 1 file (")
    again = run("fix")
    assert (again.code, again.out[:13]) == (0, "Fixed nothing")


def test_what_is_left_is_exit_1_and_says_why(project, run: Run):
    project({"a.py": in_one_line("racy_unsafe(x)", "racy_shown(x)", "racy_stuck(x)", "racy(x)")})
    outcome = run("fix")
    assert outcome.code == 1
    said = f"{made().rule} {made().name}: {made().message}"
    command = "        fenceline fix --select FEN201 --unsafe-fixes --diff"
    assert re.sub(r"\(\d.*", "", outcome.out.split("a.py: 1 fix (FEN201)\n")[1]).split("\n\n") == [
        "    FEN201 in f3: call safe",
        f"a.py:4:5: {said}\n    fix (unsafe, verified in 143 states): call safe – somebody has to look{command}",
        f"a.py:6:5: {said}\n    fix (display-only, verified in 143 states): call safe – somebody has to look",
        f"a.py:8:5: {said}\n    no fix: call safe: it is stuck",
        "Fixed 1 hazard in 1 file; 3 are left, of which --unsafe-fixes ends 1 \n",
    ]
    assert run("fix", "--exit-zero").code == 0


def test_unsafe_fixes_are_made_on_request(project, run: Run):
    root = project({"a.py": in_one_line("racy_unsafe(x)", "racy_shown(x)")})
    outcome = run("fix", "--unsafe-fixes")
    assert outcome.code == 1
    assert (root / "a.py").read_text().count("safe(x)") == 1
    assert "racy_shown(x)" in (root / "a.py").read_text()


def test_only_what_is_selected_is_fixed(project, run: Run):
    root = project({"a.py": in_one_line("racy(201)", "racy(202)")})
    assert run("fix", "--select", "FEN202").code == 0
    assert "racy(201)" in (root / "a.py").read_text()
    assert "safe(202)" in (root / "a.py").read_text()


def test_what_is_suppressed_excluded_or_not_named_is_left_alone(project, run: Run):
    hidden = "racy(1)  # fenceline: ignore[FEN201] it is alone\n"
    files = {"a.py": hidden, "b.py": ONE, "c/d.py": ONE, "tests/e.py": ONE}
    root = project(files)
    assert run("fix", "--exclude", "b.py").code == 0
    assert {name: (root / name).read_text() for name in files} == {**files, "c/d.py": FIXED}
    assert run("fix", "b.py").code == 0
    assert (root / "b.py").read_text() == FIXED


def test_a_fix_in_a_file_that_was_not_named_is_not_made(project, run: Run, fixing):
    root = project({"a.py": ONE, "b.py": ONE})
    fixing(lambda *_: [Edit("b.py", 5, 12, 5, 16, "safe")], digest=())
    outcome = run("fix", "a.py")
    assert outcome.code == 1
    assert "    not fixed: b.py: it is not among the files that were to be fixed\n" in outcome.out
    assert [(root / name).read_text() for name in ("a.py", "b.py")] == [ONE, ONE]


def test_several_hazards_of_one_function_take_several_passes(project, run: Run):
    root = project({"a.py": "def f(x):\n    racy(x)\n    racy(x)\n    return racy(racy(x))\n"})
    outcome = run("fix")
    assert outcome.code == 0
    assert outcome.out.startswith("a.py: 4 fixes (FEN201)\n")
    assert (root / "a.py").read_text() == (
        "from safety import safe\ndef f(x):\n    safe(x)\n    safe(x)\n    return safe(safe(x))\n"
    )


def test_fixes_of_several_functions_go_into_one_pass_and_import_once(project, run: Run, monkeypatch):
    root = project({"a.py": in_one_line("racy(1)", "racy(2)", "racy(3)")})
    monkeypatch.setattr(passes, "MOST_PASSES", 1)
    outcome = run("fix")
    assert outcome.code == 0
    assert (root / "a.py").read_text() == "from safety import safe\n" + in_one_line("safe(1)", "safe(2)", "safe(3)")


def test_overlapping_edits_wait_for_the_next_pass(project, run: Run, fixing):
    def whole_body(source, path, line, call):
        text = "".join(source.text.splitlines(keepends=True)[1:])
        return [Edit(path, 2, 1, source.line_count + 1, 1, text.replace("racy", "safe", 1))]

    fixing(whole_body)
    root = project({"a.py": in_one_line("racy(1)", "racy(2)")})
    assert run("fix").code == 0
    assert (root / "a.py").read_text() == in_one_line("safe(1)", "safe(2)")


def test_two_fixes_that_bind_one_name_wait_for_each_other(project, run: Run, fixing):
    """Each was made for the text as it was: both find the name free."""

    def defines(source, path, line, call):
        name = next(name for name in ("SCRIPT", "SCRIPT_2", "SCRIPT_3") if f"{name} =" not in source.text)
        above = Edit(path, line - 1, 1, line - 1, 1, f"{name} = {line}\n")
        return [above, Edit(path, line, call.start() + 1, line, call.end() + 1, name)]

    fixing(defines)
    root = project({"a.py": in_one_line("racy(1)", "racy(2)")})
    assert run("fix").code == 0
    assert (root / "a.py").read_text() == (
        "import redis\nSCRIPT = 3\ndef f0(x):\n    SCRIPT(1)\nSCRIPT_2 = 6\ndef f1(x):\n    SCRIPT_2(2)\n"
    )


def test_an_import_is_not_taken_away_from_another_fix(project, run: Run, fixing):
    def drops_or_uses(source, path, line, call):
        if "1" in source.line(line):
            uses = "" if source.text.count("time.") else "import time\n"
            return [Edit(path, 1, 1, 2, 1, uses), Edit(path, line, 5, line, 9, "safe")]
        start = "" if "import time" in source.text else "import time\n"
        return [Edit(path, 2, 1, 2, 1, start), Edit(path, line, 5, line, 9, "time.safe")]

    fixing(drops_or_uses)
    root = project({"a.py": "import time\n" + in_one_line("racy(1)", "racy(2)")})
    assert run("fix").code == 0
    text = (root / "a.py").read_text()
    assert "time.safe(2)" in text
    assert text.count("import time") == 1


def test_passes_are_bounded(project, run: Run, fixing):
    fixing(lambda _source, path, line, call: [Edit(path, line, call.end() + 2, line, call.end() + 2, "1, ")])
    root = project({"a.py": "racy(0)\n"})
    outcome = run("fix")
    assert outcome.code == 1
    assert "; there is more to fix: run it again (" in outcome.out
    assert (root / "a.py").read_text() == f"racy({'1, ' * passes.MOST_PASSES}0)\n"


def test_a_fix_after_which_the_file_does_not_parse_is_not_made(project, run: Run, fixing):
    def breaks(source, path, line, call):
        return [Edit(path, line, call.start() + 1, line, call.end() + 1, ")" if "1" in source.line(line) else "safe")]

    fixing(breaks)
    root = project({"a.py": in_one_line("racy(1)", "racy(2)")})
    outcome = run("fix")
    assert outcome.code == 1
    assert "    not fixed: a.py: it would not parse any more\n" in outcome.out
    assert (root / "a.py").read_text() == in_one_line("racy(1)", "safe(2)")


def test_what_does_not_go_together_is_made_one_by_one(project, run: Run, fixing):
    """Two edits, each of which parses, that do not parse when both are made."""

    def globals_once(source, path, line, call):
        return [
            Edit(path, line, call.start() + 1, line, call.end() + 1, "safe"),
            Edit(path, 1, 1 + (line > 3), 1, 1 + (line > 3), "(" if line > 3 else "'''\n''')\n"),
        ]

    fixing(globals_once)
    root = project({"a.py": in_one_line("racy(1)", "racy(2)").replace("import redis", "x, = 1, # )")})
    run("fix")
    compile((root / "a.py").read_text(), "a.py", "exec")


def test_a_hazard_in_a_file_that_has_changed_meanwhile_stays(project, run: Run, fixing):
    root = project({"a.py": ONE, "b.py": ONE})

    def edits_while_somebody_writes(source, path, line, call):
        if path == "a.py":
            (root / path).write_text("# mine\n" + ONE)
        return calls_safe(source, path, line, call)

    fixing(edits_while_somebody_writes)
    outcome = run("fix")
    assert outcome.code == 1
    assert "    not fixed: a.py: it has changed since it was analysed\n" in outcome.out
    assert (root / "a.py").read_text() == "# mine\n" + ONE
    assert (root / "b.py").read_text() == FIXED


def test_a_file_that_changes_before_it_is_written_is_exit_2(project, run: Run, monkeypatch):
    root = project({"a.py": ONE, "b.py": ONE})
    write = passes.write

    def write_late(fixed, base):
        (root / "a.py").write_text("# mine\n" + ONE)
        return write(fixed, base)

    monkeypatch.setattr(passes, "write", write_late)
    outcome = run("fix")
    assert outcome.code == 2
    assert outcome.err == "fenceline: 'a.py' is not changed: it has changed meanwhile\n"
    assert outcome.out.startswith("b.py: 1 fix (FEN201)\n")
    assert "Fixed 1 hazard in 1 file; 1 file could not be changed (" in outcome.out
    assert (root / "a.py").read_text() == "# mine\n" + ONE


def test_files_that_one_fix_changes_are_changed_all_or_not_at_all(project, run: Run, fixing, monkeypatch):
    root = project({"a.py": ONE, "b.py": "x = 1\n"})

    def both(_source, path, line, call):
        return [Edit("a.py", 5, 12, 5, 16, "safe"), Edit("b.py", 1, 5, 1, 6, "2")]

    fixing(both, digest=tuple((name, digest_of((root / name).read_bytes())) for name in ("a.py", "b.py")))
    write = passes.write

    def write_late(fixed, base):
        (root / "b.py").write_text("x = 3\n")
        return write(fixed, base)

    monkeypatch.setattr(passes, "write", write_late)
    outcome = run("fix")
    assert outcome.code == 2
    assert outcome.err == (
        "fenceline: 'b.py' is not changed: it has changed meanwhile\n"
        "fenceline: 'a.py' is not changed: it goes with b.py\n"
    )
    assert [(root / name).read_text() for name in ("a.py", "b.py")] == [ONE, "x = 3\n"]


@pytest.mark.parametrize("text", [ONE, ONE.rstrip("\n"), ONE.replace("# here", "# h\xe9re")])
@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        *(("utf-8", end) for end in ("\n", "\r\n", "\r")),
        *((encoding, end) for encoding in ("utf-8-sig", "latin-1") for end in ("\n", "\r\n")),
    ],
)
def test_encodings_and_line_ends_are_kept(project, run: Run, text: str, encoding: str, end: str):
    cookie = "" if encoding.startswith("utf") else f"# coding: {encoding}\n"
    before = (cookie + text).replace("\n", end)
    root = project({"a b.py": before.encode(encoding)})
    assert run("fix").code == 0
    top = before.index("import redis")
    expected = f"{before[:top]}from safety import safe\n{before[top:].replace('racy', 'safe')}"
    assert (root / "a b.py").read_bytes() == expected.encode(encoding)


def test_a_text_that_its_encoding_cannot_hold_is_not_written(project, run: Run, fixing):
    fixing(lambda _source, path, line, call: [Edit(path, line, call.start() + 1, line, call.end() + 1, "→")])
    data = b"# coding: latin-1\nracy('\xe9')\n"
    root = project({"a.py": data})
    outcome = run("fix")
    assert outcome.code == 1
    assert "    not fixed: a.py: '→' cannot be written in iso-8859-1\n" in outcome.out
    assert (root / "a.py").read_bytes() == data


def test_an_encoding_is_not_changed_by_what_is_put_above_it(project, run: Run, fixing):
    fixing(lambda _source, path, *_: [Edit(path, 1, 1, 1, 1, "import a\nimport b\n")])
    data = b"# coding: latin-1\nracy('\xe9')\n"
    root = project({"a.py": data})
    assert "not fixed: a.py: it cannot be read: cannot be decoded as utf-8 in line 4" in run("fix").out
    assert (root / "a.py").read_bytes() == data


# ----------------------------------------------------------------------- --diff


def test_diff_writes_nothing_and_is_exit_1_if_something_would_change(project, run: Run):
    root = project({"shop/stock.py": ONE})
    outcome = run("fix", "--diff")
    assert outcome.code == 1
    assert (root / "shop/stock.py").read_text() == ONE
    assert outcome.out == (
        "--- a/shop/stock.py\n+++ b/shop/stock.py\n@@ -1,5 +1,6 @@\n+from safety import safe\n import redis\n \n \n"
        " def take(sku):\n-    return racy(sku)  # here\n+    return safe(sku)  # here\n"
    )
    assert "Would fix 1 hazard in 1 file (" in outcome.err
    assert run("fix", "--diff", "--exit-zero").code == 0


def test_diff_is_exit_0_if_nothing_would_change(project, run: Run):
    project({"a.py": "racy_stuck(1)\n", "b.py": "racy_unsafe(1)\n"})
    outcome = run("fix", "--diff")
    assert (outcome.code, outcome.out) == (0, "")
    assert "Would fix nothing; 2 are left, of which --unsafe-fixes ends 1 (" in outcome.err
    assert run("fix", "--diff", "--unsafe-fixes").code == 1
    assert run("fix", "--diff", "--quiet").err == ""


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    "data",
    [
        in_one_line("racy(1)", "racy(racy(2))", "'a'", "'b'", "'c'", "'d'", "racy(3)").encode(),
        ONE.replace("\n", "\r\n").encode(),
        ONE.rstrip("\n").encode(),
        ONE.encode("utf-8-sig"),
        ("# coding: latin-1\n" + ONE.replace("here", "h\xe9re")).encode("latin-1"),
    ],
    ids=["several", "crlf", "no-end", "bom", "latin-1"],
)
def test_a_diff_can_be_applied_and_is_what_fix_does(project, tmp_path: Path, data: bytes):
    root = project({"shop/a b.py": data})
    fixed = passes.fix([root], Config(jobs=1), root)
    patch = tmp_path / "p.patch"
    patch.write_bytes(passes.diff(fixed))
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch)], cwd=copy, check=True)
    assert passes.write(fixed, root) == {}
    assert (copy / "shop/a b.py").read_bytes() == (root / "shop/a b.py").read_bytes() != data


# ------------------------------------------------------------------- other forms


def test_json_tells_what_was_fixed_and_what_is_left(project, run: Run):
    root = project({"a.py": in_one_line("racy(1)", "racy_stuck(2)")})
    outcome = run("fix", "--format", "json")
    report = outcome.report()
    assert outcome.code == 1
    assert [one["unfixed"] for one in report["findings"]] == [["call safe: it is stuck"]]
    change = report["changes"][0]
    assert (change["path"], change["written"], change["error"]) == ("a.py", True, None)
    assert change["fixed"][0]["line"] == 3
    assert change["fixed"][0]["fix"] | {"digests": {}} == {
        "fixer": "call_safe", "applicability": "safe", "title": "call safe", "verified": True, "states": 143,
        "why_unsafe": "", "notes": [], "digests": {},
        "edits": [
            {"path": "a.py", "start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 1},
             "text": "from safety import safe\n"},
            {"path": "a.py", "start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 9}, "text": "safe"},
        ],
    }  # fmt: skip
    assert "safe(1)" in (root / "a.py").read_text()


def test_json_of_a_diff_writes_nothing(project, run: Run):
    root = project({"a.py": ONE})
    outcome = run("fix", "--diff", "--format", "json")
    assert outcome.code == 1
    assert outcome.report()["changes"][0]["written"] is False
    assert (root / "a.py").read_text() == ONE


def test_quiet_prints_a_line_a_file_and_a_line_a_finding(project, run: Run):
    project({"a.py": in_one_line("racy(1)", "racy_stuck(2)")})
    lines = run("fix", "-q").out.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["a.py", "a.py:6:5"]


def test_what_is_left_to_do_by_hand_is_printed(project, run: Run, fixing):
    fixing(notes=("CREATE UNIQUE INDEX one\n  ON shop (sku)",))
    project({"a.py": ONE})
    assert "call safe\n      CREATE UNIQUE INDEX one\n        ON shop (sku)\n" in run("fix").out


def test_check_fix_reports_what_is_left(project, run: Run):
    root = project({"a.py": in_one_line("racy(1)", "racy_stuck(2)")})
    outcome = run("check", "--fix")
    assert outcome.code == 1
    assert "safe(1)" in (root / "a.py").read_text()
    assert outcome.out.startswith("a.py: 1 fix (FEN201)\n")
    assert "no fix: call safe: it is stuck" in outcome.out
    assert [one["line"] for one in run("check", "--fix", "--format", "json").report()["findings"]] == [6]


def test_check_fix_takes_unsafe_ones_on_request(project, run: Run):
    project({"a.py": "racy_unsafe(1)\n"})
    assert run("check", "--fix").code == 1
    assert run("check", "--fix", "--unsafe-fixes").code == 0


@pytest.mark.parametrize("arguments", [["--unsafe-fixes"], ["--fix", "--show-fixes"], ["--fix", "--statistics"]])
def test_options_that_say_nothing_together_are_wrong_usage(project, run: Run, arguments: list[str]):
    project({"a.py": ONE})
    assert run("check", *arguments).code == 2


def test_check_shows_fixes_on_request(project, run: Run):
    root = project({"a.py": in_one_line("racy(1)", "racy_stuck(2)", "racy_unsafe(3)")})
    outcome = run("check", "--show-fixes")
    assert outcome.code == 1
    assert (root / "a.py").read_text().count("racy") == 3
    assert (
        "    fix (safe, verified in 143 states): call safe        fenceline fix --select FEN201 --diff\n"
        "    --- a/a.py\n    +++ b/a.py\n    @@ -1,6 +1,7 @@\n    +from safety import safe\n     import redis\n"
    ) in outcome.out
    assert "    no fix: call safe: it is stuck\n" in outcome.out
    assert outcome.out.endswith(" s).\nfenceline fix ends 1 of them, --unsafe-fixes 1 more.\n")


def test_json_of_check_has_fixes_only_on_request(project, run: Run, fixing):
    project({"a.py": in_one_line("racy(1)", "racy_stuck(2)")})
    found = run("check", "--show-fixes", "--format", "json").report()["findings"]
    assert [one["fix"] and one["fix"]["title"] for one in found] == ["call safe", None]
    assert [one["unfixed"] for one in found] == [[], ["call safe: it is stuck"]]
    assert not {"fix", "unfixed"} & run("check", "--format", "json").report()["findings"][0].keys()


def test_check_says_for_how_many_findings_there_are_fixers(project, run: Run, monkeypatch):
    project({"a.py": in_one_line("racy(201)", "racy(202)")})
    monkeypatch.setattr(Rule, "is_fixable", property(lambda rule: rule.code == "FEN202"))
    assert run("check").out.endswith(" s).\nThere are fixers for 1 of them: fenceline fix --diff\n")
    monkeypatch.setattr(Rule, "is_fixable", property(lambda _: True))
    assert run("check").out.endswith(" s).\nThere are fixers for all of them: fenceline fix --diff\n")
    monkeypatch.setattr(Rule, "is_fixable", property(lambda _: False))
    assert run("check").out.endswith(" s).\n")


# --------------------------------------------------------------------- settings


def test_settings_of_fixes(project, run: Run):
    root = project({"pyproject.toml": '[tool.fenceline.fix]\nkey-prefix = "shop:"\nlock-expiry = 60\ntimeout = 5\n'})
    assert load_config(root).fixes == FixSettings(key_prefix="shop:", lock_expiry=60, timeout=5)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[tool.fenceline.fix]\nexpiry = 3", "[tool.fenceline.fix] has no key 'expiry'; did you mean 'lock-expiry'?"),
        ("[tool.fenceline.fix]\ntimeout = 0", "[tool.fenceline.fix] timeout must be whole seconds, at least 1, not 0"),
        ("[tool.fenceline.fix]\nlock-expiry = true", "lock-expiry must be whole seconds, at least 1, not True"),
        ("[tool.fenceline.fix]\ndedupe-expiry = 1.5", "dedupe-expiry must be whole seconds, at least 1, not 1.5"),
        ('[tool.fenceline.fix]\nkey-prefix = "a{b}"', "key-prefix must be a string of letters, digits and any of"),
        ("[tool.fenceline]\nfix = 1", "[tool.fenceline] fix must be a table, not 1"),
    ],
)
def test_wrong_settings_of_fixes_are_errors(project, run: Run, table: str, message: str):
    project({"pyproject.toml": table, "a.py": ONE})
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_config(Path())
