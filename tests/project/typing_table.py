"""What is seen of a function in a small project: the facts, each with how surely its receiver is known."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.models import load_models
from fenceline.analyzer.project import Definition, source_roots
from fenceline.linking.analysis import open_project

MAIN = "app/main.py"


@dataclass(frozen=True)
class Line:
    """One line of the table: a module with a function ``run``, other files, and the fact that is seen in ``run``."""

    name: str
    main: str
    fact: str = "kv.update hits"
    files: dict[str, str] = field(default_factory=dict)


def facts_in(root: Path, line: Line) -> list[str]:
    """The facts of ``run`` with their targets; ``?`` behind one whose receiver is only guessed."""
    files = {"app/__init__.py": "", **line.files, MAIN: line.main}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    models = load_models()
    analysis = open_project(root, models, source_roots([root / name for name in files]))
    module = analysis.project.module_of(root / MAIN)
    assert module is not None
    name, node, cls = next(one for one in functions_of(module) if one[0].rpartition(".")[2] == "run")
    owner = Definition("class", module, name.rpartition(".")[0], cls) if cls is not None else None
    lowered = lower_function(new_lowering(analysis.project, models, module, analysis.memo), node, owner, name)
    return [f"{one.kind} {one.target}".strip() + ("" if one.evidence == "type" else "?") for one in lowered.facts]
