"""Markdown, read back by a parser: what comes from code is text in it, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fenceline.analyzer.finding import Confidence, Severity
from fenceline.report import markdown
from fenceline.report.document import Report
from fenceline.report.told import told
from tests.cli.conftest import made
from tests.reports.reports import HOSTILE, full, hostile, report_of

PARSER = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])


def tokens(text: str) -> list[Token]:
    """All tokens, those within lines too."""
    return [each for one in PARSER.parse(text) for each in (one, *(one.children or ()))]


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def headings(text: str) -> list[str]:
    found = PARSER.parse(text)
    return [found[n + 1].content for n, token in enumerate(found) if token.type == "heading_open"]


def test_a_report():
    report = full()
    text = markdown.render(report)
    assert headings(text) == [
        "Fenceline",
        "FEN201 get-then-update: `shop/stock.py:41`",
        "FEN201 get-then-update: `shop/stock.py:60`",
        "FEN001 unused-suppression: `a b.py:3`",
        "Suppressed: 1",
        "Not read in full: 1",
    ]
    assert "| FEN201 | get-then-update | error, warning | 2 | 1 | 1 |  |" in text.splitlines()
    assert "| FEN201 get-then-update | `shop/stock.py:80` | one worker |" in text.splitlines()
    assert "- `shop/broken.py:7`: invalid syntax" in text.splitlines()
    fences = [token.content for token in tokens(text) if token.type == "fence"]
    assert fences == [told(one) + "\n" for one in report.findings[:2]]


def test_nothing_found():
    assert markdown.render(report_of()) == "# Fenceline\n\nFound no hazards in 3 files (1.2 s).\n"


def test_the_worst_come_first():
    findings = [made(severity=severity, confidence=confidence, line=n, end_line=n, path="a.py")
                for n, (severity, confidence) in enumerate([(Severity.INFO, Confidence.HIGH),
                (Severity.ERROR, Confidence.LOW), (Severity.ERROR, Confidence.HIGH)], 1)]  # fmt: skip
    assert [one[-3:-1] for one in headings(markdown.render(report_of(*findings)))[1:]] == [":3", ":2", ":1"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str):
    shown = markdown.render(hostile(text))
    shown.encode()
    assert kinds(shown) == kinds(markdown.render(hostile("plain"))), "the text has become markup"
    assert len(headings(shown)) == 4
    found = PARSER.parse(shown)
    rows = [n for n, token in enumerate(found) if token.type == "tr_open"]
    widths = [sum(token.type in {"td_open", "th_open"} for token in found[start:end])
              for start, end in zip(rows, [*rows[1:], None], strict=True)]  # fmt: skip
    assert widths == [7, 7, 3, 3]
    if text.isprintable() and text == text.strip() and len(text) < 300:
        words = [token.content for token in tokens(shown) if token.type == "code_inline"]
        assert f"shop/{text}.py:41" in words
    assert "@team" not in shown.replace("`", "") or "@&#8203;team" in shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_escaped_text_is_shown_as_it_is(text: str):
    if text.isprintable() and text == " ".join(text.split()):
        shown = PARSER.render("x " + markdown.escaped(text))
        expected = PARSER.renderer.render(
            [Token("text", "", 0, content=text)], PARSER.options, {}
        )  # the parser's own escaping of plain text
        assert shown.replace("\u200b", "") == f"<p>x {expected}</p>\n"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_code_is_shown_as_it_is(text: str):
    if text.isprintable():
        found = [token.content for token in tokens(markdown.code(text)) if token.type == "code_inline"]
        assert found == [text] or text != text.strip()


def room_report(count: int) -> Report:
    return report_of(*(made(line=n, end_line=n, message="ü" * 100) for n in range(1, count + 1)))


@pytest.mark.parametrize("most", [3000, 5000, 20_000])
def test_a_report_with_limited_room(most: int):
    text = markdown.render(room_report(40), most=most)
    assert most - 1500 < len(text.encode()) <= most
    shown = len(headings(text)) - 1
    assert f"{40 - shown} more findings: there is no room for them here." in text
    assert kinds(text) >= {"fence", "table_open"}


def test_enough_room_changes_nothing():
    assert markdown.render(room_report(3), most=100_000) == markdown.render(room_report(3))


def test_every_path_is_that_of_the_repository(tmp_path):
    (tmp_path / ".git").mkdir()
    root = tmp_path / "services" / "shop"
    root.mkdir(parents=True)
    plain, moved = markdown.render(full()), markdown.render(dataclasses.replace(full(), root=root))
    assert plain.count("shop/") == moved.count("services/shop/shop/") > 5
