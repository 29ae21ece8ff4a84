"""Text that is safe to show."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with everything escaped that would move the cursor or cannot be encoded."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
