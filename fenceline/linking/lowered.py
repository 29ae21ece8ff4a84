"""Functions of the project lowered as entries: asked for by their own file, by callers and by the files they call.

Those that were asked for last are kept, so a function is lowered about once however many questions lead to it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from fenceline.analyzer.lower import Lowered, lower_function, new_lowering

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis
    from fenceline.linking.calls import Place

MOST_KEPT = 256
"""How many are kept: those of one large file and of the callers of its functions."""


class LoweredFunctions:
    """Which functions have been lowered, those asked for last at the end. What they were lowered to is in the memo."""

    def __init__(self) -> None:
        self.count = 0  # how many times one was lowered
        self._recent: OrderedDict[object, None] = OrderedDict()

    def at(self, analysis: Analysis, place: Place) -> Lowered:
        """What a function is lowered to, as a method of that class. It is shared: nobody may change it."""
        memo = analysis.memo
        key = "lowered", place.node, place.owner.qualified if place.owner is not None else ""
        found = memo.get(key)
        if not isinstance(found, Lowered):
            low = new_lowering(analysis.project, analysis.models, place.module, memo)
            found = memo[key] = lower_function(low, place.node, place.owner, place.name)
            self.count += 1
        self._recent[key] = None
        self._recent.move_to_end(key)
        if len(self._recent) > MOST_KEPT:
            memo.pop(self._recent.popitem(last=False)[0], None)  # or the memo of a text on trial had it
        return found
