"""Words and text that is safe to show."""

from __future__ import annotations

INDENT = "    "


def printable(text: str) -> str:
    """The text with everything escaped that would move the cursor or cannot be encoded."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def counted(count: int, noun: str, nouns: str = "") -> str:
    """``1 file``, ``2 files``; ``nouns`` is the plural where it is no mere s."""
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"
