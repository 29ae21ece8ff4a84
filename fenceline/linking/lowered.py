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

LOWERED = "lowered"


class LoweredFunctions:
    """What functions were lowered to, by function and the class whose method it is."""

    def __init__(self) -> None:
        self.count = 0  # how many times one was lowered
        self._kept: OrderedDict[tuple[object, str], Lowered] = OrderedDict()

    def at(self, analysis: Analysis, place: Place) -> Lowered:
        """What a function is lowered to. It is shared: nobody may change it."""
        key = place.node, place.owner.qualified if place.owner is not None else ""
        found = self._kept.get(key)
        if found is None:
            low = new_lowering(analysis.project, analysis.models, place.module, analysis.memo)
            found = self._kept[key] = lower_function(low, place.node, place.owner, place.name)
            self.count += 1
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found


def lowered_at(analysis: Analysis, place: Place) -> Lowered:
    """What a function is lowered to, whoever has asked before."""
    functions = analysis.memo.get(LOWERED)
    if not isinstance(functions, LoweredFunctions):
        functions = analysis.memo[LOWERED] = LoweredFunctions()
    return functions.at(analysis, place)
