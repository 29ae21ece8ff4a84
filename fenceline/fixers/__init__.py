"""Rewriting source so that a hazard is gone and nothing else has changed."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenceline.fixers.fixer import Fixer


@cache
def all_fixers() -> dict[str, Fixer]:
    """Every fixer by name: each module of this package that has a ``FIXER``, or several ``FIXERS``."""
    found: dict[str, Fixer] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for one in (getattr(module, "FIXER", None), *getattr(module, "FIXERS", ())):
            if one is not None:
                found[one.name] = one
    return found
