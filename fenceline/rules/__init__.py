"""The rules: one module each, discovered and never registered by hand.

What a rule looks for is in the module of the same name in :mod:`fenceline.queries`, imported when it is asked.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

from fenceline.rules.rule import Rule


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule whose module in this package has a ``RULE``, by code."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    rules = (getattr(module, "RULE", None) for module in modules)
    return tuple(sorted((rule for rule in rules if isinstance(rule, Rule)), key=lambda rule: rule.code))
