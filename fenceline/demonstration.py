"""What the program itself says of an example: so the trace that the documentation shows is one that it has printed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.config import Config
from fenceline.engine import check

FILE = "example.py"


def findings_in(code: str, least: Confidence = Confidence.MEDIUM) -> tuple[Finding, ...]:
    """What all rules report in a project that holds this text alone, in a file called ``example.py``."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        root.joinpath(FILE).write_text(code, encoding="utf-8")
        return check([root], Config(min_confidence=least, jobs=1), root).findings
