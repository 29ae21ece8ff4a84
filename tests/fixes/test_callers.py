"""A fix is compared where the edited function is called, too; where that cannot be seen, the fix says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.finding import Confidence, Fix
from fenceline.config import Config
from fenceline.engine import check
from fenceline.selection import Selection

MODEL = """from functools import wraps

from django.conf import settings
from django.db import models


class Offer(models.Model):
    orders = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=20)


"""
RECORD = """def record(offer: Offer):
    offer.orders += 1
    offer.save()


"""
OLD = """def again(offer: Offer):
    record(offer)
"""
WRAPPED = """def wrapped(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        if not settings.ENABLED:
            return None
        return function(*args, **kwargs)

    return wrapper


"""
UNKNOWN = """def from_request(request):
    record(request.offer)
"""
NEW = """def first(name):
    record(Offer(name=name))
"""


def offered(folder: Path, text: str) -> tuple[Fix | None, str]:
    """The fix of the one hazard, and what is said where there is none."""
    folder.joinpath("app.py").write_text(MODEL + text, encoding="utf-8")
    config = Config(selections=(Selection(select=("FEN203",)),), min_confidence=Confidence.LOW, jobs=1)
    found = [one for one in check([folder], config, folder, with_fixes=True).findings if one.fix or one.unfixed]
    assert len(found) == 1
    return found[0].fix, " | ".join(found[0].unfixed)


def test_callers_that_can_be_read_are_compared(tmp_path: Path):
    fix, _ = offered(tmp_path, RECORD + OLD)
    assert fix is not None
    assert "could not be compared" not in fix.why_unsafe


def test_a_caller_for_which_it_would_be_wrong_ends_it(tmp_path: Path):
    """An expression of a column cannot be inserted, and a row that is not there cannot be read again."""
    fix, why = offered(tmp_path, RECORD + OLD + "\n\n" + NEW)
    assert fix is None
    assert "in first, " in why


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(WRAPPED + "@wrapped\n" + RECORD + "@wrapped\n" + OLD, "again", id="a decorator around both"),
        pytest.param(RECORD + UNKNOWN, "from_request", id="a row of which nothing is known"),
    ],
)
def test_a_caller_that_cannot_be_followed_is_named(tmp_path: Path, text: str, name: str):
    fix, why = offered(tmp_path, text)
    assert fix is not None, why
    assert fix.applicability == "unsafe"
    assert f"what {name} hands in could not be compared" in fix.why_unsafe
