"""An analysis that finds what is called ``racy``, and a fixer that calls it ``safe``: for what is done with fixes.

Each line on which ``racy(`` is called is a finding. What its fix is says the name: ``racy_unsafe`` has an unsafe fix,
``racy_shown`` one that is only shown, ``racy_stuck`` none. The last ``racy`` of a line goes first.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fenceline.analyzer.comments import definitions_in, function_around
from fenceline.analyzer.finding import Edit, Finding, Fix
from fenceline.analyzer.source import Source, file_bytes, read_source
from fenceline.patches import digest_of
from tests.cli.conftest import made

KINDS = {"": "safe", "_unsafe": "unsafe", "_shown": "display-only", "_stuck": None}
_RACY = re.compile(r"racy(_unsafe|_shown|_stuck)?(?=\()")

Edits = Callable[[Source, str, int, re.Match[str]], Sequence[Edit]]


def calls_safe(source: Source, path: str, line: int, call: re.Match[str]) -> list[Edit]:
    """``safe`` in the place of ``racy``, imported at the top of the file where it is not."""
    edits = [Edit(path, line, call.start() + 1, line, call.end() + 1, "safe")]
    if "import safe" not in source.text and line > 1:
        top = 1 + ("coding" in source.line(1))
        edits.insert(0, Edit(path, top, 1, top, 1, "from safety import safe\n"))
    return edits


def analysis_with(edits: Edits, **of_fix: Any) -> Callable[..., list[Finding]]:
    """What stands in the place of the analysis of a file."""

    def analyse(analysis: Any, path: str, rules: Any, _timings: object, _reached: object = None) -> list[Finding]:
        file = analysis.root / path
        source = read_source(file)
        codes = {rule.code for rule in rules}
        found = findings_in(source, path, edits, digest_of(file_bytes(file)), of_fix)
        return [one for one in found if one.rule in codes]

    return analyse


def findings_in(source: Source, path: str, edits: Edits, digest: str, of_fix: dict[str, Any]) -> Iterator[Finding]:
    defined = definitions_in(source)
    for number, text in enumerate(source.text.splitlines(), start=1):
        calls = list(_RACY.finditer(text))
        if not calls:
            continue
        applicability = KINDS[calls[-1][1] or ""]
        fix = None
        if applicability is not None:
            why = "" if applicability == "safe" else "somebody has to look"
            fix = Fix("call_safe", applicability, "call safe", tuple(edits(source, path, number, calls[-1])),
                      verified=True, states=143, why_unsafe=why, digest=((path, digest),))  # fmt: skip
            fix = dataclasses.replace(fix, **of_fix)
        yield made(
            path=path, line=number, end_line=number, column=calls[-1].start() + 1, end_column=calls[-1].end() + 1,
            rule="FEN202" if "202" in text else "FEN201",
            function=function_around(defined, number), trace=(), related=(), premise="", consequence="",
            fingerprint=f"{path}:{text.strip()}", fix=fix, unfixed=() if fix else ("call safe: it is stuck",),
        )  # fmt: skip
