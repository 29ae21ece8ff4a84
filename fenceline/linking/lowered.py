"""Functions of the project lowered as entries: asked for by their own file, by callers and by the files they call.

Those that were asked for last are kept, so a function is lowered about once however many questions lead to it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from fenceline.analyzer.lower import Lowered, lower_function, new_lowering

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis
    from fenceline.linking.calls import Place

MOST_KEPT = 256
"""How many are kept: those of one large file and of the callers of its functions."""


class Recent:
    """The keys of a memo that were used last; of what is large, no more than ``most`` are left in it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: OrderedDict[object, None] = OrderedDict()

    def use(self, memo: MutableMapping[object, object], key: object) -> None:
        """Note that a key is used, and forget what was not for longest."""
        self._keys[key] = None
        self._keys.move_to_end(key)
        if len(self._keys) > self._most:
            memo.pop(self._keys.popitem(last=False)[0], None)  # or the memo of a text on trial had it


class LoweredFunctions:
    """What functions were lowered to, which is in the memo that all files share."""

    def __init__(self) -> None:
        self._recent = Recent(MOST_KEPT)

    def at(self, analysis: Analysis, place: Place) -> Lowered:
        """What a function is lowered to, as a method of that class. It is shared: nobody may change it."""
        memo = analysis.memo
        key = "lowered", place.node, place.owner.qualified if place.owner is not None else ""
        found = memo.get(key)
        if not isinstance(found, Lowered):
            low = new_lowering(analysis.project, analysis.models, place.module, memo)
            found = memo[key] = lower_function(low, place.node, place.owner, place.name)
        self._recent.use(memo, key)
        return found
