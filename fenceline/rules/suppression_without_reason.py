"""A finding is suppressed, and nobody says why.

What it claims
--------------
A ``# fenceline: ignore``, a ``# fenceline: ignore-file`` or a ``# noqa`` that names a rule of Fenceline has no text
behind its codes.

Why it matters
--------------
A race is harmless for a reason that stands somewhere else: one worker, a constraint in the database, a lock that the
caller holds. When that changes, only the reason tells that the suppression has to go.

When it is fine
---------------
Where the reason is kept elsewhere, in the message of the commit or in a baseline. The rule is off unless selected.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule

RULE = Rule(
    code="FEN002",
    name="suppression-without-reason",
    summary="a comment suppresses a finding and does not say why that is right",
    doc=__doc__,
    severity=Severity.WARNING,
    default_on=False,
    references=("https://docs.astral.sh/ruff/rules/blanket-noqa/",),
    examples=(
        Example(
            title="the reason stands behind the codes",
            bad="""\
import redis

r = redis.Redis()


def reserve(sku):
    left = r.get(f"stock:{sku}")  # fenceline: ignore[FEN201]
    if left and int(left) > 0:
        r.decr(f"stock:{sku}")
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
    ),
)
