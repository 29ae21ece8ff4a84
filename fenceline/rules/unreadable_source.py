"""A file, or a part of one, could not be read, so nothing is said about it.

What it claims
--------------
The file could not be opened, is not text in its declared encoding, or holds a syntax error or nesting beyond the
limit. Where the error lies inside one definition, only that definition is left out; the rest of the file and all other
files are analysed.

Why it matters
--------------
Silence about a file reads as "nothing found". When the analysis could not look, it has to say so.

When it is fine
---------------
Files that are not meant to be Python that runs – templates with placeholders, inputs of a test of a parser – are
best excluded with ``exclude`` in ``[tool.fenceline]``.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule

RULE = Rule(
    code="FEN003",
    name="unreadable-source",
    summary="a file, or a part of one, cannot be read, so nothing is said about it",
    doc=__doc__,
    severity=Severity.ERROR,
    references=("https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations",),
    examples=(
        Example(
            title="a syntax error inside one function",
            bad="def reserve(sku:\n    return stock[sku\n",
            good="def reserve(sku):\n    return stock[sku]\n",
        ),
    ),
)
