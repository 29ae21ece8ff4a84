"""What earlier runs have found out of a project, as far as it still holds, as values that can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fenceline.analyzer.consulted import Question

Asked = Mapping[Question, str]
"""Questions and their answers."""


@dataclass(frozen=True, slots=True)
class Kept:
    """``digests`` are those of what files hold, by path relative to the root: only what these name can be kept again.

    ``facts``: kind → digest of a content → fact. ``answers``: to questions that are answered by reading all files.
    ``parts``: what single modules add to what the whole project knows.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Asked = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Learned:
    """What an examination has found out that the next run may keep; of each part, what it was made from."""

    asked: Asked = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: Mapping[str, tuple[Any, Asked]] = field(default_factory=dict)
