"""Names that look like a guard: on something that cannot be read they make a finding suspected, never more."""

from __future__ import annotations

_GUARDS = (
    "lock", "atomic", "for_update", "transaction", "mutex", "singleton", "once", "exclusive", "semaphore",
    "synchronized", "serialized", "critical", "single_flight",
)  # fmt: skip
_OTHERS = ("clock", "block", "nonce")
"""Words with such a word in them."""


_SURE = ("for_update", "lock", "atomic", "mutex")


def is_guard_name(name: str) -> bool:
    """Whether the last part of a dotted name says that it locks: enough for a call that is handed nothing."""
    last = name.rsplit(".", 1)[-1].lower()
    words = last.split("_")
    return "for_update" in last or any(one in words for one in _SURE)


def hint_in(name: str) -> str | None:
    """The word of a guard in a dotted name, if any."""
    lowered = name.lower()
    for one in _OTHERS:
        lowered = lowered.replace(one, "")
    return next((one for one in _GUARDS if one in lowered), None)
