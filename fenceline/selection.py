"""Which rules a run applies: codes, prefixes of codes, names and ``ALL``.

Selections come in layers, the configuration file below the command line. In one layer the more specific selector
wins: ``--select FEN201 --ignore FEN2`` leaves FEN201 on, ``--select FEN2 --ignore FEN201`` turns it off.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fenceline.rules.rule import Rule

EVERY_RULE = "ALL"
_PREFIX = re.compile(r"FEN\d{0,3}")


class UnknownSelectorError(Exception):
    """A selector that fits no rule; the message names the nearest one."""


@dataclass(frozen=True, slots=True)
class Selection:
    """One layer. ``select`` replaces what lies below, None leaves it; the others add to it and take from it."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def selectors(self) -> tuple[str, ...]:
        """All selectors of the layer, as written."""
        return (*(self.select or ()), *self.extend_select, *self.ignore)


def selected_rules(rules: Sequence[Rule], layers: Iterable[Selection]) -> tuple[Rule, ...]:
    """The rules that are on, in their order. Raises :class:`UnknownSelectorError`."""
    chosen = {rule.code for rule in rules if rule.default_on}
    for layer in layers:
        for selector in layer.selectors:
            check_selector(rules, selector)
        chosen = {rule.code for rule in rules if _is_on(rule, layer, was_on=rule.code in chosen)}
    return tuple(rule for rule in rules if rule.code in chosen)


def _is_on(rule: Rule, layer: Selection, *, was_on: bool) -> bool:
    wanted = _strength(rule, (*(layer.select or ()), *layer.extend_select))
    unwanted = _strength(rule, layer.ignore)
    if unwanted and unwanted >= wanted:
        return False
    return wanted > 0 or (was_on and layer.select is None)


def _strength(rule: Rule, selectors: Iterable[str]) -> int:
    """How specifically these selectors speak of the rule: 0 not at all, a full code or name the most."""
    return max((_match(rule, selector) for selector in selectors), default=0)


def _match(rule: Rule, selector: str) -> int:
    if selector == rule.name:
        return len(rule.code)
    code = selector.upper()
    if code == EVERY_RULE:
        return 1
    return len(code) if _PREFIX.fullmatch(code) and rule.code.startswith(code) else 0


def check_selector(rules: Sequence[Rule], selector: str) -> None:
    """Raise :class:`UnknownSelectorError` for a selector that fits no rule."""
    if selector.upper() != EVERY_RULE and not any(_match(rule, selector) for rule in rules):
        raise UnknownSelectorError(f"no rule matches {selector!r}{nearest(selector, _selectable(rules))}")


def codes_of(rules: Sequence[Rule], selector: str) -> frozenset[str]:
    """The codes of all rules that a selector speaks of; none when it fits no rule."""
    return frozenset(rule.code for rule in rules if _match(rule, selector))


def nearest_selector(rules: Sequence[Rule], selector: str) -> str:
    """``; did you mean 'x'?`` for the code or name that is most like this selector, or nothing."""
    return nearest(selector, _selectable(rules))


def rule_called(rules: Sequence[Rule], wanted: str) -> Rule:
    """The rule with this code or name. Raises :class:`UnknownSelectorError`."""
    for rule in rules:
        if wanted.upper() == rule.code or wanted == rule.name:
            return rule
    raise UnknownSelectorError(f"no rule is called {wanted!r}{nearest(wanted, _selectable(rules))}")


def _selectable(rules: Sequence[Rule]) -> list[str]:
    return [word for rule in rules for word in (rule.code, rule.name)]


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the known word that is most like this one, or nothing."""
    known = list(known)
    folded = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.5)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""
