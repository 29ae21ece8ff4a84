"""Data classes of which nothing changes: the type checker sees to that, and no construction pays for it.

A frozen data class sets each of its fields through ``object.__setattr__`` and takes three times as long to construct
as another; terms and values are constructed by the million.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value_class
else:
    from dataclasses import dataclass

    def value_class(*, frozen: bool, slots: bool, eq: bool = True) -> object:
        """As of :func:`dataclasses.dataclass`. ``frozen`` is for the type checker; a hash there is all the same."""

        def made(kind: type) -> type:
            has_own = "__hash__" in vars(kind)
            return dataclass(slots=slots, eq=eq, unsafe_hash=frozen and eq and not has_own)(kind)

        return made


__all__ = ["value_class"]
