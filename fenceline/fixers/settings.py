"""What a project says of the code that fixers write."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FixSettings:
    """``[tool.fenceline.fix]``: the prefix of keys that fixers introduce, and expiries in seconds."""

    key_prefix: str = "fenceline:"
    lock_expiry: int = 300
    dedupe_expiry: int = 86_400
    timeout: int = 10
