"""Names that look like a guard: on something that cannot be read they make a finding suspected, never more."""

from __future__ import annotations

_GUARDS = (
    "lock", "atomic", "for_update", "transaction", "mutex", "singleton", "once", "exclusive", "semaphore",
    "synchronized", "serialized", "critical", "single_flight",
)  # fmt: skip
_OTHERS = ("clock", "block", "nonce")
"""Words with such a word in them."""


def hint_in(name: str) -> str | None:
    """The word of a guard in a dotted name, if any."""
    lowered = name.lower()
    for one in _OTHERS:
        lowered = lowered.replace(one, "")
    return next((one for one in _GUARDS if one in lowered), None)
