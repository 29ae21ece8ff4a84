"""From the text of a file to its suppressions."""

from __future__ import annotations

import io
import re
import sysconfig
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fenceline.analyzer.comments import comments_of
from fenceline.analyzer.source import decode_source, source_from_text
from fenceline.suppressions import IGNORE, IGNORE_FILE, NOQA, Suppression, has_ours, suppressions_in

ANY_COMMENT = re.compile(rb"#")


def read(text: str) -> tuple[Suppression, ...]:
    return suppressions_in(source_from_text(text))


def only(text: str) -> Suppression:
    (one,) = read(text)
    return one


def codes(one: Suppression) -> list[str]:
    return [selector.text for selector in one.selectors]


@pytest.mark.parametrize(
    ("comment", "kind", "selectors", "reason"),
    [
        ("# fenceline: ignore[FEN201] one worker", IGNORE, ["FEN201"], "one worker"),
        ("# fenceline: ignore[FEN201]", IGNORE, ["FEN201"], ""),
        ("# fenceline: ignore[FEN201,FEN202]: why", IGNORE, ["FEN201", "FEN202"], "why"),
        ("# fenceline: ignore[ fen201 , get-then-update, ] - why", IGNORE, ["fen201", "get-then-update"], "why"),
        ("#fenceline:ignore[FEN2]", IGNORE, ["FEN2"], ""),
        ("# Fenceline: Ignore [FEN201]", IGNORE, ["FEN201"], ""),
        ("# fenceline: ignore", IGNORE, [], ""),
        ("# fenceline: ignore because I say so", IGNORE, [], "because I say so"),
        ("# fenceline: ignore[FEN201, FEN201, fen201]", IGNORE, ["FEN201"], ""),
        ("# see ticket  # fenceline: ignore[FEN201] why", IGNORE, ["FEN201"], "why"),
        ("# fenceline: ignore[FEN201] see #123", IGNORE, ["FEN201"], "see #123"),
        ("# fenceline: ignore[FEN201] --", IGNORE, ["FEN201"], ""),
        ("# fenceline: ignore[FEN201]  # type: ignore", IGNORE, ["FEN201"], ""),
        ("# noqa: FEN201", NOQA, ["FEN201"], ""),
        ("#noqa:FEN201,E501", NOQA, ["FEN201"], ""),
        ("# NOQA : E501 fen201, FEN3 why", NOQA, ["fen201", "FEN3"], "why"),
        ("# noqa: FEN201  # one worker", NOQA, ["FEN201"], "one worker"),
        ("# noqa: E501, FEN201 # pylint: disable=x", NOQA, ["FEN201"], ""),
        ("# noqa", NOQA, [], ""),
        ("# noqa  # why", NOQA, [], "why"),
    ],
)
def test_forms(comment: str, kind: str, selectors: list[str], reason: str):
    one = only(f"x = 1  {comment}\n")
    assert (one.kind, codes(one), one.reason, one.problem) == (kind, selectors, reason, "")
    assert one.line == 1
    line = f"x = 1  {comment}"
    assert line[one.column - 1 : one.end_column - 1] == one.text
    assert [line[s.column - 1 :][: len(s.text)] for s in one.selectors] == codes(one)


@pytest.mark.parametrize(
    "text",
    [
        "x = '# noqa'\n",
        "x = 'a'  # fenceline: ignored by nobody\n",
        "x = 1  # fenceline: ignore-line\n",
        "x = 1  # fenceline\n",
        "x = 1  # noqa: because\n",
        "x = 1  # noqa:\n",
        "x = 1  # noqa: E501,W291\n",
        "x = 1  # noqas\n",
        "x = 1  # flake8: noqa\n",
        "x = 1  # see noqa: FEN201\n",
        "x = 1  # write `# noqa: FEN201` or '# fenceline: ignore'\n",
        '"""\n# fenceline: ignore-file\n"""\n',
        'x = f"""{y}\n# noqa: FEN201\n"""\n',
        "x = 'a\\\n# noqa: FEN201'\n",
        "noqa = fenceline = 1\n",
        "",
    ],
)
def test_what_is_none(text: str):
    assert read(text) == ()


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("# fenceline: ignore[FEN201", "not closed"),
        ("# fenceline: ignore[]", "name no rule"),
        ("# fenceline: ignore[,]", "name no rule"),
        ("# fenceline: ignore FEN201", "codes stand in brackets"),
        ("# fenceline: ignore=FEN201", "codes stand in brackets"),
        ("# fenceline: ignore: fen2 why", "codes stand in brackets"),
        ("# fenceline: ignore-file[FEN201] why", "a line of its own"),
    ],
)
def test_what_cannot_be_read(comment: str, problem: str):
    one = only(f"x = 1  {comment}\n")
    assert problem in one.problem
    assert not one.is_blanket


def test_several_in_one_comment():
    found = read("x = 1  # fenceline: ignore[FEN201] a  # noqa: FEN202 b  # type: ignore  # noqa\n")
    assert [(one.kind, codes(one), one.reason) for one in found] == [
        (IGNORE, ["FEN201"], "a"),
        (NOQA, ["FEN202"], "b"),
        (NOQA, [], ""),
    ]


LINES = {
    "a simple statement": ("a()\nb()  # noqa: FEN2\nc()\n", (2, 2)),
    "two on a line": ("a(); b()  # noqa: FEN2\nc()\n", (1, 1)),
    "last line of a call": ("a(\n  1,\n)  # noqa: FEN2\nc()\n", (1, 3)),
    "first line of a call": ("a(  # noqa: FEN2\n  1,\n)\nc()\n", (1, 3)),
    "inside a call": ("a(\n  1,  # noqa: FEN2\n)\nc()\n", (1, 3)),
    "alone inside a call": ("a(\n  # fenceline: ignore[FEN2]\n  1,\n)\nc()\n", (1, 4)),
    "alone inside a call, noqa": ("a(\n  # noqa: FEN2\n  1,\n)\nc()\n", (1, 4)),
    "brackets that share a line": ("a(\n 1\n).b(\n 2\n)  # noqa: FEN2\n", (1, 5)),
    "a string over lines": ('a("""\nb\n""")  # noqa: FEN2\n', (1, 3)),
    "a docstring": ('def f():\n  """\n  b\n  """  # noqa: FEN2\n', (2, 4)),
    "a backslash": ("a = 1 + \\\n  2 + \\\n  3  # noqa: FEN2\nb\n", (1, 3)),
    "a backslash, CRLF": ("a = 1 + \\\r\n  2  # noqa: FEN2\r\nb\r\n", (1, 2)),
    "the head of a block": ("if a:  # noqa: FEN2\n  b()\nc()\n", (1, 1)),
    "a head over lines": ("while (a and\n  b):  # noqa: FEN2\n  c()\n", (1, 2)),
    "with in brackets": ("with (\n  a as b,  # noqa: FEN2\n):\n  c()\n", (1, 3)),
    "an import": ("from a import (\n  b,\n)  # noqa: FEN2\nc\n", (1, 3)),
    "the next line": ("# fenceline: ignore[FEN2]\na()\nb()\n", (2, 2)),
    "past blank lines and comments": ("# fenceline: ignore[FEN2]\n\n# more\n\na(\n)\nb()\n", (5, 6)),
    "nothing follows": ("a()\n# fenceline: ignore[FEN2]\n", (0, 0)),
    "noqa alone": ("# noqa: FEN2\na()\n", (0, 0)),
    "a dedent": ("if a:\n  b()\n  # fenceline: ignore[FEN2]\nc()\n", (4, 4)),
    "behind def, with decorators": ("@a\n@b(\n)\ndef f(\n  x):  # noqa: FEN2\n  pass\n", (1, 5)),
    "behind a decorator": ("@a\n@b(  # noqa: FEN2\n)\ndef f():\n  pass\n", (2, 3)),
    "above a decorator": ("# fenceline: ignore[FEN2]\n@a\n@b\nasync def f(\n):\n  pass\n", (2, 5)),
    "between decorators": ("@a\n# fenceline: ignore[FEN2]\n@b\nclass A:\n  pass\n", (3, 4)),
    "between decorator and def": ("@a\n# fenceline: ignore[FEN2]\ndef f(): pass\n", (3, 3)),
    "behind class": ("@a\nclass A(\n  B):  # noqa: FEN2\n  x = 1\n", (1, 3)),
    "tabs": ("if a:\n\tb(\n\t\t1)\t# noqa: FEN2\n", (2, 3)),
    "form feeds": ("\f# fenceline: ignore[FEN2]\n\fa()\n", (2, 2)),
    "a form feed is no line": ("a()\x0c\nb()  # noqa: FEN2\n", (2, 2)),
    "CRLF": ("a(\r\n  1)  # noqa: FEN2\r\nb()\r\n", (1, 2)),
    "lone returns": ("a(\r  1)  # noqa: FEN2\rb()\r", (1, 2)),
    "no line feed at the end": ("a()\nb()  # noqa: FEN2", (2, 2)),
    "other line separators": ("a = '\u2028'\nb()  # noqa: FEN2", (2, 2)),
    "an error before": ("def f(:\n  a\n\n\ndef g():\n  b(\n    1)  # noqa: FEN2\n", (6, 7)),
    "an error behind": ("a(\n  1)  # noqa: FEN2\n\n\ndef f(:\n  x\n", (1, 2)),
    "a bracket never closed": ("def f():\n  a()  # noqa: FEN2\n  b(\n  c()\n", (2, 2)),
}


@pytest.mark.parametrize(("text", "lines"), LINES.values(), ids=LINES)
def test_lines(text: str, lines: tuple[int, int]):
    one = only(text)
    assert (one.first, one.last) == lines


def test_function_is_the_one_that_is_spoken_of():
    text = "class A:\n  # fenceline: ignore\n  @a\n  def f(self):\n    def g():\n      x()  # noqa\n"
    text += "    y()  # noqa\n\nz()  # noqa\n"
    assert [one.function for one in read(text)] == ["A.f", "A.f.g", "A.f", None]


def test_columns_count_characters_and_not_the_mark_of_the_encoding():
    data = "x = 'äöü€'  # noqa: FEN201 größer\r\n".encode("utf-8-sig")
    (one,) = suppressions_in(decode_source(Path("a.py"), data))
    assert (one.line, one.column, one.selectors[0].column, one.reason) == (1, 13, 21, "größer")


def test_encodings():
    data = "# coding: latin-1\nx = 'ä'  # fenceline: ignore[FEN201] für später\n".encode("latin-1")
    (one,) = suppressions_in(decode_source(Path("a.py"), data))
    assert (one.line, one.column, one.reason) == (2, 10, "für später")


def test_file_level_is_for_the_whole_file():
    one = only("import a\n\n\nif a:\n    # fenceline: ignore-file[FEN201] why\n    b()\n")
    assert (one.kind, one.problem, one.function) == (IGNORE_FILE, "", None)
    assert one.covers(1, 1)
    assert one.covers(999, 999)


PIECES = st.sampled_from(
    ["# noqa", "# noqa: FEN201", "# fenceline: ignore", "[", "]", "(", ")", "{", "}", '"""', "'", "\\", "\n", "\r\n",
     "\r", "\t", "\f", " ", "def f", ":", "@a", "class A", "FEN201", ",", "#", "f'", "{x", "ignore-file[FEN2", "é",
     "\ufeff"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_can_be_read(text: str):
    source = source_from_text(text)
    for one in suppressions_in(source):
        assert source.line(one.line)[one.column - 1 :].startswith(one.text)
        assert 0 <= one.first <= one.last <= source.line_count + 1, "a backslash may join a line that is not there"
        assert one.problem or one.is_blanket or one.selectors
        assert not (one.kind != NOQA or one.selectors) or has_ours(source.data)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00")), st.sampled_from(["", "f", "r", "b", "rb"]))
@settings(deadline=None)
def test_nothing_in_a_string_is_taken(text: str, prefix: str):
    body = repr(f"# fenceline: ignore[FEN201] {text} # noqa")
    if "b" in prefix:
        body = ascii(body)
    if "f" in prefix:
        body = body.replace("{", "{{").replace("}", "}}")
    assert read(f"x = {prefix}{body}\n") == ()
    assert len(read(f"x = {prefix}{body}  # noqa\n")) == 1


@given(
    st.sampled_from([IGNORE, IGNORE_FILE, NOQA]),
    st.lists(st.from_regex(r"FEN[0-9]{1,3}", fullmatch=True), unique=True, max_size=4),
    st.from_regex(r"(?:see [a-z]{2,9}){0,3}", fullmatch=True),
    st.sampled_from(["\n", "\r\n", ""]),
)
@settings(deadline=None)
def test_what_is_written_is_read(kind: str, selectors: list[str], reason: str, end: str):
    own = f"[{', '.join(selectors)}]" if selectors else ""
    others = f": {', '.join(selectors)}" if selectors else ""
    comment = f"# noqa{others} {reason}" if kind == NOQA else f"# fenceline: {kind}{own} {reason}"
    text = f"{comment}{end}" if kind == IGNORE_FILE else f"a()  {comment}{end}"
    one = only(text)
    assert (one.kind, codes(one), one.reason, one.problem) == (kind, selectors, reason, "")


STANDARD_LIBRARY = Path(sysconfig.get_paths()["stdlib"])
FILES = ["asyncio/base_events.py", "dataclasses.py", "enum.py", "json/decoder.py", "typing.py", "turtle.py"]


@pytest.mark.parametrize("name", FILES)
def test_comments_and_logical_lines_are_those_of_the_tokenizer(name: str):
    data = (STANDARD_LIBRARY / name).read_bytes()
    expected: dict[tuple[int, int], tuple[str, int, int]] = {}
    pending: list[tokenize.TokenInfo] = []
    first = 0
    for token in tokenize.tokenize(io.BytesIO(data).readline):
        if token.type == tokenize.COMMENT:
            pending.append(token)
        elif token.type == tokenize.NL and not first:
            pending = []  # alone, or in front of the next logical line
        elif token.type == tokenize.NEWLINE:
            for one in pending:
                expected[one.start] = one.string, first, token.start[0]
            pending, first = [], 0
        elif token.type not in {tokenize.NL, tokenize.ENCODING, tokenize.INDENT, tokenize.DEDENT} and not first:
            first = token.start[0]
    comments = comments_of(decode_source(Path(name), data), ANY_COMMENT)
    inside = [one for one in comments if not one.is_alone or one.is_inside]
    found = {(one.line, one.column - 1): (one.text, one.last) for one in inside}
    assert found == {place: (text, last) for place, (text, _, last) in expected.items()}
    for one in inside:
        starts = expected[one.line, one.column - 1][1]
        assert one.first == starts or (one.first < starts and not one.is_alone)
