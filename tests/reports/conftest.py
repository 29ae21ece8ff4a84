"""What takes long to make, once for all tests of reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.config import Config
from fenceline.engine import check
from fenceline.report.document import Report

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"


@pytest.fixture(scope="session")
def shop() -> Report:
    """The report on the example project: every kind of drawing but a few."""
    return check([SHOP], Config(jobs=1), SHOP, with_fixes=True)
