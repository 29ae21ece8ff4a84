"""What the program itself says of an example: so the trace that the documentation shows is one that it has printed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.config import Config
from fenceline.engine import check
from fenceline.selection import Selection

FILE = "example.py"


def findings_in(
    code: str, least: Confidence = Confidence.MEDIUM, besides: tuple[str, ...] = (), *, with_fixes: bool = False
) -> tuple[Finding, ...]:
    """What the rules that are on, and those with the codes ``besides``, report of this text.

    The project holds it alone, in a file called ``example.py``.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        root.joinpath(FILE).write_text(code, encoding="utf-8")
        layer = Selection(extend_select=besides)
        return check(
            [root], Config(selections=(layer,), min_confidence=least, jobs=1), root, with_fixes=with_fixes
        ).findings
