"""The documentation of a rule, from the docstring of its module."""

from __future__ import annotations

import textwrap

from fenceline.rules.rule import HEADINGS


def as_markdown(doc: str) -> str:
    """The docstring as Markdown: headings marked, code in single backquotes."""
    text = textwrap.dedent(doc).strip().replace("``", "`")
    for heading in HEADINGS:
        text = text.replace(f"{heading}\n{'-' * len(heading)}\n", f"## {heading}\n\n")
    return text
