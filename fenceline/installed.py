"""Model files that installed packages bring: entry points of the group ``fenceline.models``.

``stockroom = "stockroom:fenceline.toml"`` is the file ``fenceline.toml`` in the package ``stockroom``. Nothing of the
package is imported: it is only looked for where imports would find it.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from fenceline.analyzer.model_shape import ModelError

GROUP = "fenceline.models"


def installed_models() -> tuple[Path, ...]:
    """The model files of the packages that are installed beside the program, by the names of their entry points.

    Raises ModelError for an entry point that names no file.
    """
    found = sorted(entry_points(group=GROUP), key=lambda one: (one.name, one.value))
    return tuple(dict.fromkeys(map(_file_of, found)))


def _file_of(entry: EntryPoint) -> Path:
    package, _, file = entry.value.partition(":")
    top, *inner = package.strip().split(".")
    spec = find_spec(top) if top and file else None
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder).joinpath(*inner, file.strip())
        if path.is_file():
            return path
    raise ModelError(f"entry point {entry.name!r} of the group {GROUP}: no such file: {entry.value}")
