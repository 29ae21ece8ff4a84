"""A comment asks to be silent about something that is not there.

What it claims
--------------
A ``# fenceline: ignore[…]``, ``# fenceline: ignore-file[…]`` or ``# noqa: FEN…`` suppresses no finding, whatever its
confidence; or it names a rule that does not exist; or it cannot be read. Each code is reported on its own.

Why it matters
--------------
The code has been mended, or the comment stands on the wrong line. Nobody sees the difference, and the comment waits
there to hide the next hazard of its kind.

When it is fine
---------------
Nothing is said of rules that are not applied in a run, of blanket ``# noqa`` and the codes of other tools, or of a file
that could not be read in full. If one run applies fewer rules than another, let the one with more of them judge. A
comment that has to stay names this rule too: ``# fenceline: ignore[FEN201, FEN001] generated``.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule

RULE = Rule(
    code="FEN001",
    name="unused-suppression",
    summary="a comment suppresses a finding that is not there, and would hide the next one",
    doc=__doc__,
    severity=Severity.WARNING,
    fixed_as="remove the comment, or the code in it",
    references=("https://docs.astral.sh/ruff/rules/unused-noqa/",),
    examples=(
        Example(
            title="a suppression that outlived its hazard",
            bad="""\
import redis

r = redis.Redis()


def reserve(sku):
    return r.decr(f"stock:{sku}") >= 0  # fenceline: ignore[FEN201] the warehouse runs one worker
""",
            good="""\
import redis

r = redis.Redis()


def reserve(sku):
    left = r.get(f"stock:{sku}")  # fenceline: ignore[FEN201] the warehouse runs one worker
    if left and int(left) > 0:
        r.decr(f"stock:{sku}")
""",
        ),
        Example(
            title="a rule that does not exist",
            bad="""\
import redis

r = redis.Redis()


def restock(sku, quantity):
    r.incrby(f"stock:{sku}", quantity)  # noqa: FEN999 one writer
""",
            good="""\
import redis

r = redis.Redis()


def restock(sku, quantity):
    r.incrby(f"stock:{sku}", quantity)  # noqa: E501 the code of another tool
""",
        ),
    ),
)
