"""The edits between two texts make the one of the other."""

from hypothesis import given
from hypothesis import strategies as st

from fenceline.fixers.edits import apply_edits, edits_between

LINES = st.lists(st.sampled_from(["a", "b\n", "b\r\n", "\r", "c d e\n", "c d f\n", "\x0c\n", "\u2028", "é\n", "\n"]))
TEXT = LINES.map("".join)


@given(TEXT, TEXT)
def test_they_give_the_new_text(old: str, new: str) -> None:
    assert apply_edits(old, edits_between(old, new)) == new


@given(TEXT)
def test_the_same_text_has_none(text: str) -> None:
    assert edits_between(text, text) == []


@given(TEXT, TEXT)
def test_they_part_no_line_end(old: str, new: str) -> None:
    lines = old.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line, column, end_line, end_column, _ in edits_between(old, new):
        assert column <= len(lines[line - 1]) + 1
        assert end_column <= len(lines[end_line - 1]) + 1


def test_they_are_small() -> None:
    assert edits_between("a = 1\nb = 22\nc = 3\n", "a = 1\nb = 242\nc = 3\nd\n") == [
        (2, 6, 2, 6, "4"),
        (4, 1, 4, 1, "d\n"),
    ]
