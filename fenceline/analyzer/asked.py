"""What another inference was asked in a run, and how often that helped."""

from __future__ import annotations

from dataclasses import dataclass, field

Place = tuple[str, int, int]
"""A call that was asked about: the path of its file, the line and column at which the method's name ends."""


@dataclass(slots=True)
class Asked:
    """What was asked: each place, and whether anything was inferred for it, and a modelled type."""

    places: dict[Place, tuple[bool, bool]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, other: Asked) -> None:
        """Take in what another file, or a worker, has asked: what both have asked counts once."""
        self.places.update(other.places)
        self.seconds += other.seconds

    @property
    def answered(self) -> int:
        """For how many places anything was inferred."""
        return sum(is_known for is_known, _ in self.places.values())

    @property
    def helped(self) -> int:
        """For how many places that is of a modelled type."""
        return sum(is_modelled for _, is_modelled in self.places.values())
