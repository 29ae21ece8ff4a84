"""What the program is made of: our own files, the Python that runs them, and the packages that read code."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import fenceline
from fenceline.contents import digest_of, digest_of_files
from fenceline.stamps import Stamps

_READS_WITH = ("astroid", "libcst", "tree-sitter", "tree-sitter-python")


def versions(stamps: Stamps) -> dict[str, str]:
    """Everything on which a result may depend beside what is examined, by what people call it.

    Two programs with the same versions find the same. Files whose stamps are known are not read.
    """
    return {
        "fenceline": fenceline.__version__,
        "the code of fenceline": _own_digest(stamps),
        "Python": ".".join(map(str, sys.version_info[:3])),
        **{name: _version_of(name) for name in _READS_WITH},
    }


def _own_digest(stamps: Stamps) -> str:
    package = Path(fenceline.__file__).parent
    names = (
        os.path.join(folder, name)  # noqa: PTH118 - hundreds of paths, each time
        for folder, _, names in os.walk(package)
        for name in names
        if name.endswith((".py", ".toml"))
    )
    start = len(str(package)) + 1
    return digest_of_files((name[start:], _digest_of_own(name, stamps)) for name in sorted(names))


def _digest_of_own(name: str, stamps: Stamps) -> bytes:
    known = stamps.digest(name, os.stat(name))  # noqa: PTH116 - hundreds, as above
    return known or digest_of(name, name, stamps)[1]


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
