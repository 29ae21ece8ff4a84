"""The entry point of the program: it ends as it is asked to from its first moment on.

Importing the command line takes most of the time of a short run, and who interrupts that wants no traceback either.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from fenceline.interrupts import Interrupted, end_on_signals


def main() -> NoReturn:
    """Run the command line; every way out has its exit code."""
    try:
        end_on_signals()
        from fenceline.cli import main as run  # noqa: PLC0415 - the signals come first
    except Interrupted as interrupted:
        sys.stderr.write(f"fenceline: {interrupted}\n")
        sys.exit(interrupted.exit_code)
    run()
