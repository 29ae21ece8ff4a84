"""What a trace looks like, before it is markup."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Edit, Finding, Fix, Place
from fenceline.analyzer.ir import TraceStep
from fenceline.demonstration import findings_in
from fenceline.report.document import Report
from fenceline.report.drawing import MOST_ROWS, Drawing, drawing_of
from fenceline.report.excerpts import LONGEST_LINE, MOST_LINES, Sources, excerpts_of
from fenceline.report.facets import MOST_FOLDERS, OTHER_FOLDERS, facets_of, folders_of
from fenceline.report.patch_view import patches_of
from fenceline.rules import all_rules
from tests.reports.made_reports import RACE, finding, project


def step(actor: str, kind: str, held: str = "", store: str = "lock store", note: str = "") -> TraceStep:
    """``held`` as ``A:lock B:row lock``, with commas between."""
    pairs = tuple((one[0], one[2:]) for one in held.split(",") if one)
    return TraceStep(actor, "a.py", 1, kind, kind.upper(), "", note, store, pairs)


def drawn(*steps: TraceStep) -> Drawing:
    found = drawing_of(steps, "a.py")
    assert found is not None
    return found


def bars(*steps: TraceStep) -> list[tuple[str, str, int, int, str]]:
    return [(b.actor, b.kind, b.first, b.last, "ghost" if b.is_ghost else b.end) for b in drawn(*steps).bars]


def test_no_trace_is_no_drawing():
    assert drawing_of((), "a.py") is None


def test_a_released_lock_ends_where_it_is_released():
    assert bars(step("A", "acquire", "A:x"), step("A", "write", "A:x"), step("A", "release")) == [
        ("A", "lock", 1, 3, "released")
    ]


def test_an_expired_lock_has_a_ghost_while_its_holder_works_on():
    steps = (
        step("A", "acquire", "A:x"),
        step("A", "expiry"),
        step("B", "acquire", "B:x"),
        step("A", "write", "B:x"),
        step("B", "release"),
    )
    assert bars(*steps) == [
        ("A", "lock", 1, 2, "expired"),
        ("B", "lock", 3, 5, "released"),
        ("A", "lock", 2, 4, "ghost"),
    ]


def test_a_lock_that_another_one_deletes_is_lost():
    assert bars(step("B", "acquire", "B:x"), step("A", "release")) == [("B", "lock", 1, 2, "lost")]


def test_a_lock_that_nobody_gives_back_is_kept():
    steps = (step("A", "acquire", "A:x"), step("A", "crash", "A:x"), step("B", "acquire", "A:x"))
    assert bars(*steps) == [("A", "lock", 1, 3, "kept")]
    assert drawn(*steps).rows[2].goes == "stop"


def test_a_lock_can_be_held_twice():
    steps = (step("A", "acquire", "A:x"), step("A", "release"), step("A", "acquire", "A:x"), step("A", "release"))
    assert bars(*steps) == [("A", "lock", 1, 2, "released"), ("A", "lock", 3, 4, "released")]


def test_locks_rows_and_transactions_stand_beside_each_other():
    found = drawn(step("A", "write", "A:transaction,A:x,A:row lock"), step("A", "commit"))
    assert [(b.kind, b.column) for b in sorted(found.bars, key=lambda b: b.column)] == [
        ("lock", 0),
        ("row", 1),
        ("tx", 2),
    ]
    assert {b.end for b in found.bars} == {"until the commit"}
    assert found.columns == 3


@pytest.mark.parametrize(
    ("kind", "store", "goes"),
    [
        ("read", "redis", "from"),
        ("write", "redis", "to"),
        ("acquire", "lock store", "to"),
        ("acquire", "", ""),
        ("wait", "database", "stop"),
        ("external", ir.OUTSIDE, "out"),
        ("slow", ir.OUTSIDE, "out"),
        ("effect", "database", "to"),
        ("send", "", "to"),
        ("receive", "", "from"),
        ("ack", "", "to"),
        ("commit", "", "to"),
        ("check", "", "from"),
        ("use", "", "to"),
        ("crash", "database", ""),
        ("expiry", "lock store", ""),
        ("start", "", ""),
        ("return", "", ""),
        ("compute", "", ""),
    ],
)
def test_arrows_point_where_the_step_goes(kind: str, store: str, goes: str):
    assert drawn(step("A", kind, store=store)).rows[0].goes == goes


def test_the_last_step_that_is_commented_on_is_the_decisive_one():
    steps = (
        step("A", "read"),
        step("B", "write", note="not yet"),
        step("A", "write", note="decided on v0, which B has replaced"),
        step("A", "write", note="raises IntegrityError"),
        step("A", "commit"),
    )
    assert [row.mark for row in drawn(*steps).rows] == ["", "noted", "decisive", "noted", ""]
    assert [row.mark for row in drawn(steps[0], steps[3]).rows] == ["", "decisive"]


def test_a_crash_breaks_the_lane():
    found = drawn(step("A", "write"), step("A", "crash"), step("B", "write"))
    assert found.lives == (("A", 1, 2, True), ("A", 2, 3, False), ("B", 1, 3, True))


def test_a_long_trace_is_cut_and_says_so():
    found = drawn(*[step("A", "write")] * (MOST_ROWS + 7))
    assert (len(found.rows), found.left_out) == (MOST_ROWS, 7)


def test_there_is_a_style_for_every_row():
    style = (Path(__file__).parents[2] / "fenceline/report/templates/report.css").read_text("utf-8")
    for number in range(1, MOST_ROWS + 1):
        assert f".y{number}{{grid-row-start:{number + 1}}}" in style
        assert f".z{number}{{grid-row-end:{number + 2}}}" in style


def test_only_the_files_of_others_are_named():
    other = TraceStep("B", "b.py", 4, "write", "SET x")
    assert [(row.path, row.line) for row in drawn(step("A", "read"), other).rows] == [("", 1), ("b.py", 4)]


def findings_of_examples() -> Iterator[Finding]:
    for rule in all_rules():
        for example in rule.examples:
            if rule.query is not None and example.bad is not None:
                yield from (one for one in findings_in(example.bad, besides=(rule.code,)) if one.rule == rule.code)


@pytest.fixture(scope="module")
def examples() -> list[Finding]:
    return list(findings_of_examples())


def test_every_example_has_a_drawing_that_says_what_goes_wrong(examples: list[Finding]):
    assert len({one.rule for one in examples}) > 30
    for one in examples:
        found = drawing_of(one.trace, one.path)
        assert found is not None, one.rule
        assert [row.mark for row in found.rows].count("decisive") == 1, one.rule


def test_every_kind_of_step_that_goes_somewhere_says_where(examples: list[Finding]):
    own = {"crash", "expiry", "fail", "start", "work", "compute", "return", "raise", "continue"}
    unsaid = set()
    for one in examples:
        found = drawing_of(one.trace, one.path)
        assert found is not None
        rows = zip(found.rows, one.trace, strict=True)
        unsaid |= {(one.rule, s.kind, s.text) for row, s in rows if not row.goes and s.kind not in own}
    of_one_process = {("FEN407", "acquire", "LOCK _lock"), ("FEN407", "release", "UNLOCK _lock")}
    assert unsaid == of_one_process | {("FEN409", "slow", "WAIT HTTP GET")}


def test_rules_about_locks_show_the_life_of_the_lock(examples: list[Finding]):
    without = {one.rule for one in examples if one.rule.startswith("FEN4") or one.rule == "FEN104"}
    for one in examples:
        found = drawing_of(one.trace, one.path)
        if found is not None and found.bars:
            without.discard(one.rule)
    assert without == set()


# ---------------------------------------------------------------- excerpts


def lines(finding: Finding, root: Path) -> list[list[int]]:
    found = excerpts_of(finding, Sources(root.joinpath))
    return [[line.number for line in window] for one in found for window in one.windows]


def test_windows_that_touch_are_one(tmp_path: Path):
    project(tmp_path, {"a.py": "x = 1\n" * 60})
    near = finding(path="a.py", line=10, end_line=10, trace=(), related=(Place("a.py", 16, 16, 1, 2, "x"),))
    far = finding(path="a.py", line=10, end_line=10, trace=(), related=(Place("a.py", 30, 30, 1, 2, "x"),))
    assert lines(near, tmp_path) == [list(range(8, 19))]
    assert lines(far, tmp_path) == [list(range(8, 13)), list(range(28, 33))]


def test_excerpts_have_an_end(tmp_path: Path):
    project(tmp_path, {"a.py": "x = 1\n" * 900})
    related = tuple(Place("a.py", n, n, 1, 2, "x") for n in range(1, 900, 9))
    made = finding(path="a.py", line=1, end_line=800, trace=(), related=related)
    assert sum(map(len, lines(made, tmp_path))) <= MOST_LINES
    long = project(tmp_path, {"b.py": f"x = '{'y' * 5000}'\n"})
    (shown,) = excerpts_of(finding(path="b.py", line=1, end_line=1, trace=(), related=()), Sources(long.joinpath))
    text = "".join(piece for _, piece in shown.windows[0][0].pieces)
    assert len(text) < LONGEST_LINE + 40
    assert text.endswith("more characters")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_python_ends_them(tmp_path: Path, end: str):
    project(tmp_path, {"a.py": end.join(["a = 1", 'b = """x', 'y\fz"""', "c = 3", ""])})
    (shown,) = excerpts_of(finding(path="a.py", line=3, end_line=3, trace=(), related=()), Sources(tmp_path.joinpath))
    texts = ["".join(piece for _, piece in line.pieces) for line in shown.windows[0]]
    assert texts == ["a = 1", 'b = """x', 'y\\x0cz"""', "c = 3"]


def test_all_source_is_shown_as_it_stands():
    for file in sorted(Path(__file__).parents[2].glob("fenceline/**/*.py"))[:60]:
        sources = Sources(file.parent.joinpath)
        source = sources.of(file.name)
        assert not isinstance(source, str)
        made = finding(path=file.name, line=1, end_line=1, trace=(), related=())
        for number in range(1, source.line_count + 1, 12):
            one = dataclasses.replace(made, line=number, end_line=number + 11)
            (shown,) = excerpts_of(one, sources)
            for line in (line for window in shown.windows for line in window):
                assert "".join(piece for _, piece in line.pieces) == source.line(line.number).replace("\t", "    ")


# ------------------------------------------------------------------- diffs


def test_the_diff_of_every_fix_of_the_example_is_what_the_fix_does(shop: Report):
    from fenceline.passes import diff_of_fix

    root = shop.root
    fixes = [one.fix for one in shop.findings if one.fix is not None]
    assert len(fixes) > 15
    for fix in fixes:
        expected = [line.rstrip("\r\n") for line in diff_of_fix(root, fix)]
        changed = [line for line in expected if line[:1] in "+-" and not line.startswith(("+++ ", "--- "))]
        patches = patches_of(fix, Sources(root.joinpath))
        shown = [f"{one.sign}{one.text}" for patch in patches for hunk in patch.hunks for one in hunk]
        assert sorted(line for line in shown if line[0] in "+-") == sorted(changed)


def test_lines_are_numbered_before_and_after(tmp_path: Path):
    project(tmp_path, {"a.py": "".join(f"x{n}\n" for n in range(1, 41))})
    edits = (Edit("a.py", 3, 1, 3, 1, "new\n"), Edit("a.py", 20, 1, 21, 1, ""), Edit("a.py", 41, 1, 41, 1, "end\n"))
    (shown,) = patches_of(Fix("x", "safe", "x", edits), Sources(tmp_path.joinpath))
    numbers = [[(one.sign, one.old, one.new) for one in hunk] for hunk in shown.hunks]
    assert numbers[0] == [(" ", 1, 1), (" ", 2, 2), ("+", 0, 3), (" ", 3, 4), (" ", 4, 5)]
    assert numbers[1] == [(" ", 18, 19), (" ", 19, 20), ("-", 20, 0), (" ", 21, 21), (" ", 22, 22)]
    assert numbers[2] == [(" ", 39, 39), (" ", 40, 40), ("+", 0, 41)]


# ------------------------------------------------------------------ facets


def test_folders_are_as_deep_as_leaves_few_of_them():
    few = [finding(path=f"a/b{n}/c.py") for n in range(3)]
    assert {folders_of(few)(one) for one in few} == {"a/b0/", "a/b1/", "a/b2/"}
    many = [finding(path=f"a/b{n % 3}/c{n}/d.py") for n in range(30)]
    assert {folders_of(many)(one) for one in many} == {"a/b0/", "a/b1/", "a/b2/"}
    wide = [finding(path=f"a{n}/c.py") for n in range(30)] + [finding(path="a7/d.py"), finding(path="top.py")]
    names = {folders_of(wide)(one) for one in wide}
    assert len(names) == MOST_FOLDERS + 1
    assert {"a7/", OTHER_FOLDERS} <= names


def test_every_finding_is_counted_once_in_each_facet():
    made = [finding(), finding(rule="FEN301", path="x.py"), finding(rule="FEN003", name="unreadable-source")]
    for facet in facets_of(made, folders_of(made), with_fixes=True):
        assert sum(bar.count for bar in facet.bars) == 3, facet.name
        assert max(bar.share for bar in facet.bars) == 100
    assert not [one for one in facets_of(made, folders_of(made), with_fixes=False) if one.name == "fix"]


def test_the_race_is_drawn_as_it_is_told():
    rows = drawing_of(RACE, "shop/stock.py")
    assert rows is not None
    assert [(row.actor, row.goes, row.value, row.store) for row in rows.rows] == [
        ("A", "from", "v0", "redis"),
        ("B", "from", "v0", "redis"),
        ("B", "to", "v1", "redis"),
        ("A", "to", "v2", "redis"),
    ]
