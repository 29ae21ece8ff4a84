"""The executor that ``--executor`` names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenceline.executors.dask import Dask

LOCAL = "local"
FORMS = "local, dask://HOST:PORT or dask+tls://HOST:PORT"

_CLUSTER = re.compile(r"dask(\+tls)?://(\[[0-9A-Fa-f:.]+\]|[^\s:/@?#\[\]]+):([0-9]{1,5})/?")


def cluster_from(text: str) -> Dask | None:
    """The cluster that is named, None for processes of this machine. Raises ValueError with what it must be."""
    if text == LOCAL:
        return None
    match = _CLUSTER.fullmatch(text)
    if match is None or not 0 < int(match[3]) < 65_536:
        raise ValueError(FORMS)
    # only here: it takes the analysis along
    from fenceline.executors.dask import Dask  # noqa: PLC0415

    return Dask(f"{'tls' if match[1] else 'tcp'}://{match[2]}:{match[3]}")
