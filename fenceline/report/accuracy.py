"""How often the findings of a rule were true where people have read them: ``rules/accuracy.toml`` in words."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from fenceline.report.plain import counted

FEW = 5
"""Below so many findings a share says nothing."""


_UNREAD = (
    "It was not met at the default confidence in the public applications that were read, so its share of false alarms "
    "is not known."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Findings of one rule that were read: ``true`` of the ``judged`` were hazards; ``name`` says where they stood."""

    name: str
    true: int
    judged: int


@functools.cache
def readings() -> dict[str, tuple[Reading, ...]]:
    """What was read of each rule, by its code; rules of which nothing was read are not there."""
    text = (resources.files("fenceline.rules") / "accuracy.toml").read_text("utf-8")
    found: dict[str, tuple[Reading, ...]] = {}
    for reading in tomllib.loads(text)["reading"]:
        for code, (true, judged) in reading["rules"].items():
            found[code] = (*found.get(code, ()), Reading(reading["name"], true, judged))
    return found


def accuracy_of(code: str) -> str:
    """``Of 35 findings that were read in nine applications, 29 were true (83 %).``."""
    known = readings().get(code, ())
    if not known:
        return _UNREAD
    return " ".join(_sentence(one) for one in known)


def _sentence(one: Reading) -> str:
    share = f" ({100 * one.true / one.judged:.0f} %)" if one.judged >= FEW else ""
    verb = "was" if one.judged == 1 else "were"
    true = f"{one.true or 'none'} {'was' if one.true <= 1 else 'were'} true"
    return f"Of {counted(one.judged, 'finding')} that {verb} read in {one.name}, {true}{share}."
