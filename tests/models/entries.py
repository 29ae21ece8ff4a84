"""Who runs a function of a small project, as the shipped models have it."""

from __future__ import annotations

import textwrap
from pathlib import Path

from fenceline.analyzer.entries import Entry, entry_of
from fenceline.analyzer.lower import functions_of, new_lowering
from fenceline.analyzer.models import load_models
from fenceline.analyzer.project import Definition
from fenceline.linking.analysis import open_project

MODELS = load_models()


def entry_in(folder: Path, source: str, function: str = "job", **others: str) -> Entry:
    """The entry that a function of ``app.py`` is; ``others`` are the sources of further modules, by name."""
    for name, text in {"app": source, **others}.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    analysis = open_project(folder, MODELS)
    module = analysis.project.module_of(folder / "app.py")
    assert module is not None
    for name, node, owner in functions_of(module):
        if name == function:
            holder = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
            return entry_of(new_lowering(analysis.project, MODELS, module, analysis.memo), node, holder)
    raise AssertionError(f"no function {function}")


def said(entry: Entry, *facts: str) -> dict[str, object]:
    """What the first way in which the function is run says of these, and ``what`` it is."""
    return {fact: entry.what if fact == "what" else entry.facts.get(fact) for fact in facts}
