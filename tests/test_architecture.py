"""Who may import whom, and what the semantic core must not know."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import fenceline
from fenceline.rules.rule import Rule

PACKAGE = Path(fenceline.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
MODELLED = re.compile(r"redis|django|celery|sqlalchemy|psycopg|asyncpg|asgiref|kafka", re.IGNORECASE)

ONLY_IN = {
    "tree_sitter": {"analyzer"},
    "tree_sitter_python": {"analyzer"},
    "astroid": {"analyzer"},
    "distributed": {"executors"},
    "libcst": {"fixers"},
    "jinja2": {"report"},
    "pathspec": {""},
    "click": {"", "commands", "report"},
    "flake8": {""},
}
"""Third-party package → the rooms that see it ('' is the top of the package)."""

BELOW = {
    "analyzer": {"analyzer"},
    "fixers": {"analyzer", "fixers"},
    "queries": {"analyzer", "fixers", "queries"},
    "rules": {"analyzer", "rules"},
}
"""Room → the rooms that it may import; the rooms that are not named here may import all."""


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """``fenceline.rules.rule`` lies in ``rules``, ``fenceline.engine`` in ''."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else ""


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, also inside functions, with the line."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if is_module(inner) else str(node.module)


def is_module(dotted: str) -> bool:
    path = PACKAGE.parent.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def inner_imports(file: Path) -> Iterator[tuple[int, str]]:
    return ((line, name) for line, name in imports(file) if name.split(".")[0] == "fenceline")


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_rooms_import_only_what_lies_below(file: Path):
    room = room_of(module_of(file))
    allowed = BELOW.get(room)
    wrong = [
        f"{file}:{line}: {name}"
        for line, name in inner_imports(file)
        if allowed is not None and room_of(name) not in allowed and name != "fenceline"
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_nothing_imports_the_command_line(file: Path):
    if module_of(file) != "fenceline.start":
        assert "fenceline.cli" not in {name for _, name in inner_imports(file)}


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_third_party_packages_stay_in_their_rooms(file: Path):
    room = room_of(module_of(file))
    wrong = [
        f"{file}:{line}: {name}" for line, name in imports(file) if room not in ONLY_IN.get(name.split(".")[0], {room})
    ]
    assert wrong == []


def rule_modules() -> set[str]:
    """The modules of the rules themselves: those with a RULE."""
    return {
        module_of(file)
        for file in (PACKAGE / "rules").glob("*.py")
        if any(isinstance(node, ast.Assign | ast.AnnAssign) and "RULE" in assigned(node) for node in tree_of(file).body)
    }


def assigned(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_no_rule_imports_a_rule():
    rules = rule_modules()
    assert "fenceline.rules.unreadable_source" in rules
    edges = [
        (module_of(file), name)
        for file in (PACKAGE / "rules").glob("*.py")
        if module_of(file) in rules
        for _, name in inner_imports(file)
        if name in rules
    ]
    assert edges == []


def checking_lines(tree: ast.Module) -> set[int]:
    blocks = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {line for node in blocks for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def test_every_query_is_that_of_the_rule_of_its_name():
    from fenceline.rules import all_rules

    asked = {rule.name.replace("-", "_") for rule in all_rules() if rule.query is not None}
    queries = {file.stem for file in (PACKAGE / "queries").glob("*.py")} - {"__init__", "proposal"}
    assert queries == asked
    for name in sorted(asked):
        text = (PACKAGE / "rules" / f"{name}.py").read_text("utf-8")
        assert f'query=query_in("fenceline.queries.{name}")' in text
        assert callable(importlib.import_module(f"fenceline.queries.{name}").query)


def test_imports_have_no_cycle():
    """What is imported for annotations alone, under ``if TYPE_CHECKING``, is imported by no running program."""
    graph = {
        module_of(file): {name for line, name in inner_imports(file) if line not in checking_lines(tree_of(file))}
        for file in FILES
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path[path.index(module) :], module))
        if module not in done:
            for name in sorted(graph.get(module, ())):
                visit(name, (*path, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Identifiers and string literals, without docstrings: those are the strings that stand alone."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in ("id", "attr", "name", "arg", "asname", "module"):
            if isinstance(word := getattr(node, name, None), str):
                yield line, word
        if isinstance(node, ast.Constant) and id(node) not in prose and isinstance(node.value, str | bytes):
            yield line, node.value if isinstance(node.value, str) else node.value.decode("latin-1")


@pytest.mark.parametrize("file", sorted((PACKAGE / "analyzer").rglob("*.py")), ids=module_of)
def test_the_core_names_no_library_that_it_models(file: Path):
    assert [f"{file}:{line}: {word}" for line, word in words(tree_of(file)) if MODELLED.search(word)] == []


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_modules_say_what_they_hold(file: Path):
    assert file.stem not in {"utils", "helpers", "common", "manager", "base"}
    assert ast.get_docstring(tree_of(file)), f"{file} has no docstring"


def test_every_rule_value_is_a_rule():
    from fenceline.rules import all_rules

    assert all(isinstance(rule, Rule) for rule in all_rules())
    assert {f"fenceline.rules.{rule.name.replace('-', '_')}" for rule in all_rules()} == rule_modules()
