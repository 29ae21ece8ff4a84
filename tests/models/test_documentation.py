"""The reference for authors of model files names every word of the vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fenceline.analyzer.models import load_models
from fenceline.analyzer.vocabulary import ENTRIES, ENTRY_KINDS, OPERATIONS, RESULTS, VALUES

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", sorted(OPERATIONS | RESULTS | ENTRIES | ENTRY_KINDS | VALUES))
def test_word_is_documented(word: str):
    assert f"`{word}`" in PAGE


def test_meanings_of_exceptions_are_documented():
    meanings = {name for name in load_models().raises if not name.endswith("_attributes")}
    assert [name for name in sorted(meanings) if f"`{name}`" not in PAGE] == []


def test_example_loads(tmp_path: Path):
    example = next(block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "stockroom.client" in block)
    path = tmp_path / "stockroom.toml"
    path.write_text(example, encoding="utf-8")
    models = load_models([path])
    take = models.method("stockroom.client", "take")
    assert take is not None
    assert take.op == "kv.update"
    assert models.entries["stockroom.job"].operation.roles["delivery"] == "at-least-once"
