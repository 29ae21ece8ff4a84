"""Every name that the shipped model files know exists in the library that it is taken from, with its parameters.

FENCELINE_ALL_LIBRARIES=1 looks up all libraries that are installed, also those that the test extra does not install;
with the path of an interpreter, those that are installed there.
"""

from __future__ import annotations

import os
import sys
from functools import cache

import pytest

from fenceline.analyzer.models import model_files
from fenceline.claims import contradictions
from fenceline.inventory import Inventory, Library
from fenceline.verification import Installation

ALL = os.environ.get("FENCELINE_ALL_LIBRARIES", "")
INVENTORY = Inventory(model_files())


def is_expected(library: Library) -> bool:
    return all(source.is_expected and source.is_importable for source in library.sources)


@cache
def installation() -> Installation:
    return Installation(INVENTORY, sys.executable if ALL in {"", "1"} else ALL)


@pytest.mark.parametrize("name", [one.name for one in INVENTORY.libraries.values() if ALL or is_expected(one)])
def test_names_exist_with_their_parameters(name: str):
    verdict = installation().verdict(name)
    assert [f"{one.file}: {one.entry}: {one.text}" for one in verdict.problems] == []
    if ALL and not verdict.is_complete:
        pytest.skip("; ".join(verdict.unchecked) or "not installed")
    assert verdict.is_complete, verdict.unchecked or "not installed, and no evidence says installed = false"


def test_files_do_not_contradict_themselves():
    assert [f"{one.source.file}: {one.entry}: {one.text}" for one in contradictions(INVENTORY)] == []
