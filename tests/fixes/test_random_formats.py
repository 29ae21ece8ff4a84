"""The bad examples of all rules, formatted at random: whatever is fixed in them parses, and no comment is lost.

How a text is formatted changes nothing of what it does: the rules find as much in it, and fixers may give up on it (a
comment may stand where they would have to lose it), but not mangle it.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenceline.analyzer.source import decode_source
from fenceline.analyzer.syntax import parse
from fenceline.config import Config
from fenceline.passes import fix, write
from fenceline.rules import all_rules
from fenceline.selection import Selection

EXAMPLES = [
    pytest.param(rule, example.bad, id=f"{rule.name}: {example.title}")
    for rule in all_rules()
    if rule.fixers
    for example in rule.examples
    if example.bad
]
OPENING, CLOSING = "([{", ")]}"
BREAKABLE = frozenset(["+", "-", "*", "==", "!=", "<", ">", "<=", ">=", "and", "or", "in", "not", "is", "="])


class Formatter:
    """Writes the tokens of a text anew, with other white space, quotes and comments; each comment is its own."""

    def __init__(self, draw: st.DrawFn, encoding: str) -> None:
        self.draw = draw
        self.word = "é" if encoding != "ascii" else "e"
        self.unit = draw(st.sampled_from(["    ", "\t", "  "]))
        self.n = 0

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(1, of)) == 1

    def comment(self) -> str:
        self.n += 1
        return f"# {self.word}{self.n}"

    def write(self, code: str) -> str:
        parts: list[str] = []
        depth, indent, end, is_start = 0, 0, (1, 0), True
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in {tokenize.INDENT, tokenize.DEDENT}:
                indent += 1 if token.type == tokenize.INDENT else -1
                end = token.end
                continue
            if token.type in {tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER}:
                if token.type == tokenize.NEWLINE and self.chance(6):
                    parts.append(f"  {self.comment()}")
                parts.append("\n" if token.type != tokenize.ENDMARKER else "")
                is_start, end = depth == 0, token.end
                if depth == 0:
                    end = (token.end[0] + 1, 0) if token.type != tokenize.ENDMARKER else token.end
                continue
            if is_start:
                parts += self.before_line(indent)
                is_start = False
            elif token.start[0] == end[0]:
                parts.append(" " * (token.start[1] - end[1]))
            else:
                parts.append("\n" if not parts[-1].endswith("\n") else "")
                parts.append(" " * token.start[1])
            parts += self.token(token)
            depth += (token.string in OPENING) - (token.string in CLOSING) if token.type == tokenize.OP else 0
            if depth and token.type == tokenize.OP and token.string in "([{," and self.chance(8):
                parts.append(f"  {self.comment()}\n  " if self.chance(2) else "\n      ")
            elif not depth and token.string in BREAKABLE and self.chance(10):
                parts.append(" \\\n      ")
            end = token.end
        return "".join(parts)

    def before_line(self, indent: int) -> Iterator[str]:
        if self.chance(8):
            yield "\n"
        if self.chance(6):
            yield f"{self.unit * indent}{self.comment()}\n"
        yield self.unit * indent

    def token(self, token: tokenize.TokenInfo) -> Iterator[str]:
        text = token.string
        is_plain = token.type == tokenize.STRING and text[0] == '"' and not text.startswith('"""')
        if is_plain and not set("'\\") & set(text) and self.chance(2):
            text = f"'{text[1:-1]}'"
        yield text


@st.composite
def formatted(draw: st.DrawFn, code: str) -> bytes:
    """The code as some file may have it."""
    latin = ["latin-1"] if max(code) <= "\xff" else []
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", *latin]))
    text = Formatter(draw, encoding).write(code)
    if encoding == "latin-1":
        text = f"# -*- coding: latin-1 -*-\n{text}"
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode(encoding)


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return Counter(one.string.strip() for one in tokens if one.type == tokenize.COMMENT)


@pytest.mark.parametrize(("rule", "code"), EXAMPLES)
def test_what_is_fixed_parses_and_keeps_its_comments(rule, code, tmp_path_factory):
    @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(formatted(code))
    def check(data: bytes) -> None:
        folder = tmp_path_factory.mktemp("project").resolve()
        path = folder / "app.py"
        path.write_bytes(data)
        before = decode_source(path, data)
        assert ast.dump(ast.parse(before.text)) == ast.dump(ast.parse(code)), "the formatter has changed the program"
        config = Config(selections=(Selection(extend_select=(rule.code,)),), jobs=1)
        done = fix([folder], config, folder, unsafe=True)
        assert write(done, folder) == {}
        unread = len(parse(before).broken)  # the grammar cannot read all that Python can
        assert len(done.report.summary.errors) <= unread
        after = decode_source(Path("app.py"), path.read_bytes())
        compile(after.text, "app.py", "exec", dont_inherit=True)
        assert after.encoding == before.encoding
        assert not comments(before.text) - comments(after.text), "a comment is lost"
        if "\r\n" in before.text:
            assert after.text.count("\n") == after.text.count("\r\n")

    check()
