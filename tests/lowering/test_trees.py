"""Effect trees of representative functions, word for word: what lowering makes is tested like findings are.

``pytest tests/lowering --update-goldens`` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.models import Models, load_models
from fenceline.analyzer.project import Definition, Project
from tests.lowering.dump import dump

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
GOLDEN = HERE / "golden"

TREES = [
    "django_rows.changed_in_memory",
    "django_rows.conditional_update",
    "django_rows.locked_and_told_after_the_commit",
    "django_rows.looked_for_then_created",
    "redis_calls.get_then_decr",
    "redis_calls.lock_around",
    "redis_calls.watched",
    "sql_texts.advisory_lock",
    "sql_texts.implicit_transaction",
    "sql_texts.statement_at_module_level",
    "sql_texts.whole_database_locked",
    "sqlalchemy_sessions.added_on_one_path",
    "sqlalchemy_sessions.begun_block",
    "sqlalchemy_sessions.never_committed_here",
    "sqlalchemy_sessions.returned_out_of_a_unit_of_work",
    "sqlalchemy_sessions.version_compared",
    "sqlalchemy_sessions.written_at_commit",
]


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


def lowered_text(models: Models, tree: str) -> str:
    """The tree of ``module.function`` as text."""
    name, _, function = tree.partition(".")
    project = Project(SOURCES)
    module = project.module_of(SOURCES / f"{name}.py")
    assert module is not None
    (node, owner), *_ = [(node, owner) for found, node, owner in functions_of(module) if found == function]
    holder = Definition("class", module, function.rpartition(".")[0], owner) if owner is not None else None
    lowered = lower_function(new_lowering(project, models, module, {}), node, holder, function)
    return "\n".join(dump(lowered.tree)) + "\n"


@pytest.mark.parametrize("tree", TREES)
def test_a_tree_is_as_it_was(tree: str, models: Models, pytestconfig: pytest.Config) -> None:
    found = lowered_text(models, tree)
    path = GOLDEN / f"{tree}.txt"
    if pytestconfig.getoption("--update-goldens"):
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


def test_no_golden_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(TREES)
