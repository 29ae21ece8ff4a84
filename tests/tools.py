"""What tests need that a machine may lack: there they skip, unless FENCELINE_REQUIRE_EVERYTHING is set."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def without(reason: str) -> NoReturn:
    """Skip the test for this reason, or fail where everything must be there."""
    if os.environ.get("FENCELINE_REQUIRE_EVERYTHING") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
