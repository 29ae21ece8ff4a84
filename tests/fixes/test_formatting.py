"""However a file is formatted, an edit of it parses, keeps every comment, and leaves the rest byte for byte."""

import ast
import io
import tokenize
from pathlib import Path

import libcst as cst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenceline.analyzer.source import decode_source
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.positions import walk

COMMENT = st.sampled_from(["", "", "  # é", " # c", "#: d", "# noqa: E501"])
BLANK = st.sampled_from(["", "", "\n", "\n\n", "    \n", "# at the margin\n", "\x0c\n"])
EXPRESSION = st.sampled_from(
    [
        "get(pk)",
        "get( pk ,)",
        "get(\n      pk, # in\n   )",
        "(get)(pk)",
        "(\n  get(pk)\n # out\n)",
        "a + \\\n  get(pk)",
        '"""x\n  y""" + get(pk)',
        "f'{get(pk)!r:>{w}}'",
        "[x for x in get(pk) if x]",
        "lambda: get(pk)",
        "(y := get(pk))",
        "await_(get(pk))[1:2, ...]",
        "not get(pk) in z",
    ]
)
SIMPLE = st.one_of(
    EXPRESSION.map(lambda text: f"x = {text}"),
    EXPRESSION.map(lambda text: f"({text})"),
    st.sampled_from(["pass", "x: int = 1", "return", "del x", "import os", "x += 1; y()", "y(); z()  ;  w();"]),
)
HEADERS = [
    "if x:",
    "for x in y :",
    "while ( x\n  ):",
    "with l as m, n:",
    "try:",
    "def f(a, *, b=1):",
    "@d\ndef f():",
    "class C(D):",
    "async def g():",
]


@st.composite
def blocks(draw: st.DrawFn, indent: str, depth: int) -> str:
    """The lines of one block; nested ones have any unit of their own."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        lines.append(draw(BLANK))
        kind = draw(st.integers(0, 5)) if depth < 3 else 0
        if kind < 3:
            if draw(st.booleans()):
                lines.append(f"{indent}# about the next\n")
            lines.append(f"{indent}{draw(SIMPLE)}{draw(COMMENT)}\n")
        elif kind == 3:
            lines.append(
                f"{indent}if x: {draw(st.sampled_from(['get(pk)', 'a(); get(pk)', 'y = 1;']))}{draw(COMMENT)}\n"
            )
            if draw(st.booleans()):
                lines.append(f"{indent}elif y : get(pk)\n{indent}else: a()\n")
        else:
            lines.append(draw(compound(indent, depth)))
    if draw(st.booleans()):
        lines.append(f"{indent}# at the end\n")
    return "".join(lines)


@st.composite
def compound(draw: st.DrawFn, indent: str, depth: int) -> str:
    header = draw(st.sampled_from(HEADERS)).replace("\n", f"\n{indent}")
    inner = indent + draw(st.sampled_from(["    ", "\t", "  "]))
    text = f"{indent}{header}{draw(COMMENT)}\n{draw(blocks(inner, depth + 1))}"
    if header == "try:":
        text += f"{indent}finally:{draw(COMMENT)}\n{draw(blocks(inner, depth + 1))}"
    return text


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file as it may be on a disk: any line ends, with or without BOM, in UTF-8 or Latin-1."""
    head = draw(
        st.sampled_from(
            [
                "",
                "#!/usr/bin/env python\n",
                '"""Doc."""\n',
                "from __future__ import annotations\n",
                "import os\n\nimport redis\n",
            ]
        )
    )
    text = head + draw(blocks("", 0))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]))
    if encoding == "latin-1":
        text = "# -*- coding: latin-1 -*-\n" + text
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return text.replace("\n", newline).encode(encoding)


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return sorted(one.string.strip() for one in tokens if one.type == tokenize.COMMENT)


def is_python(text: str) -> bool:
    try:
        compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


IMPORTS = (("os", "path"), ("redis", "Redis"), ("mine", None))


def edited(code: Code, draw: st.DataObject) -> None:
    """Some edits at random places; those that are refused are not done."""
    calls = [one for one in walk(code.module) if isinstance(one, cst.Call) and code.source(one).startswith("get(")]
    for call in calls:
        statement = code.statement_of(call)
        siblings = code.block_of(statement)
        other = siblings[draw.draw(st.integers(siblings.index(statement), len(siblings) - 1))]
        for act in draw.draw(st.lists(st.integers(0, 8), max_size=3)):
            try:
                match act:
                    case 0:
                        code.wrap(statement, other, "with transaction.atomic():")
                    case 1:
                        code.insert_before(statement, *code.statements("lock = {q}", q=call))
                    case 2:
                        code.insert_after(statement, *code.statements("if lock:\n    lock.free()"))
                    case 3:
                        code.replace(call, code.expression("{q}.one() or a", q=call))
                    case 4:
                        code.add_arguments(call, "nx=True")
                    case 5:
                        code.replace(statement, code.statements("x = 1\nwith a:\n    b()"))
                    case 6:
                        code.remove(statement)
                    case 7:
                        code.imported(
                            *draw.draw(st.sampled_from([("os", "path"), ("redis", "Redis"), ("mine", None)])), at=call
                        )
                    case 8:
                        above = code.parent(code.tree.container_of(statement))
                        if above is not None:
                            code.unwrap(above)
            except Refused:
                pass


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(files(), st.data())
def test_edits_keep_what_they_do_not_mean(data: bytes, draw: st.DataObject) -> None:
    source = decode_source(Path("x.py"), data)
    if not is_python(source.text):
        return  # a return outside of a function, tabs and blanks that do not agree
    code = Code.of(source)
    assert code.module.code == source.text
    edited(code, draw)
    try:
        text = code.text()
    except Refused as error:
        reasons = {"nothing would change", "a comment would be lost"}
        assert str(error) in reasons, source.text  # noqa: PT017
        return
    ast.parse(text)
    lost = [one for one in comments(source.text) if one not in comments(text)]
    assert not lost
    text.encode("latin-1" if source.encoding.startswith("iso") else "utf-8")
    if "\r\n" in source.text:
        assert text.count("\n") == text.count("\r\n")
