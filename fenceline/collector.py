"""Python's collector of cycles, while files are examined.

Next to nothing of what is made then is a cycle, and what is kept is kept until the end: the collector goes through all
of it again and again, and frees nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (20_000, 50, 1_000)
"""Collections of the young, the middle and the old, as ``gc.set_threshold`` takes them.

Measured on one application: a tenth less time than with Python's own (700, 10, 10), and 1 MiB more; with no collector
at all, 18 MiB more and little less time than that.
"""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Within the block, the collector leaves alone what was made before it, and looks at the rest seldom."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def collect_seldom() -> None:
    """As :func:`seldom_collecting`, for the rest of the process."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
