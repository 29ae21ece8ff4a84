"""How much work was done in this process: counts that do not depend on the machine, as times do."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Work:
    """``trees`` were read from files, and the bodies of those ``functions`` that somebody asked about.

    Of ``definitions`` a tree of effects was made, with the ``bodies`` of what they call in it, their own among them.
    The explorer was asked about ``programs``, and went through their ``states``.
    """

    trees: int = 0
    functions: int = 0
    definitions: int = 0
    bodies: int = 0
    programs: int = 0
    states: int = 0

    def add(self, other: Work) -> None:
        """Take in what was done elsewhere."""
        for one in fields(Work):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


DONE = Work()
"""What was done since it was last taken."""


def taken() -> Work:
    """What was done since it was last asked."""
    work = Work()
    work.add(DONE)
    for one in fields(Work):
        setattr(DONE, one.name, 0)
    return work
