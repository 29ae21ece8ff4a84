"""One file of a program written as several: what it binds in one module, the work in a second, the entries in a third.

The program stays the same, so what is found in it has to stay the same too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

PACKAGE = "shopkeeper"
STORES = "stores"
WORK = "work"
MAIN = "main"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Program:
    """The top-level statements of one file, sorted."""

    imports: list[ast.stmt]
    bindings: list[ast.stmt]
    functions: list[Function]
    others: list[ast.stmt] = field(default_factory=list)

    @property
    def bound(self) -> list[str]:
        """What the assignments and classes bind, in order."""
        return [name for one in self.bindings for name in _bound_by(one)]


def read(code: str) -> Program:
    """A program; statements that bind nothing, or that name functions (``urlpatterns``), stay with these."""
    program = Program([], [], [])
    body = ast.parse(code).body
    own = {one.name for one in body if isinstance(one, Function)}
    for one in body:
        match one:
            case ast.Import() | ast.ImportFrom():
                program.imports.append(one)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                program.functions.append(one)
            case _ if list(_bound_by(one)) and not used([one]) & own:
                program.bindings.append(one)
            case _:
                program.others.append(one)
    return program


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (one.id for one in statement.targets if isinstance(one, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def used(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that occur in some code, those in dotted ones too."""
    return {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)}


# ------------------------------------------------------------------ how an import is spelled


@dataclass(frozen=True)
class Imported:
    """Lines at the top of a module, lines at the beginning of each function, and what the names are written as."""

    top: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    prefix: str = ""
    init: list[str] = field(default_factory=list)
    """What the package's ``__init__`` has to say for it."""
    files: dict[str, str] = field(default_factory=dict)
    """Further modules, by name."""


Spelling = Callable[[str, list[str]], Imported]
"""Of a module of the package and the names wanted of it."""


def absolute(module: str, names: list[str]) -> Imported:
    return Imported([f"from {PACKAGE}.{module} import {', '.join(names)}"])


def relative(module: str, names: list[str]) -> Imported:
    return Imported([f"from .{module} import {', '.join(names)}"])


def dotted(module: str, names: list[str]) -> Imported:
    return Imported([f"import {PACKAGE}.{module}"], prefix=f"{PACKAGE}.{module}")


def aliased(module: str, names: list[str]) -> Imported:
    return Imported([f"import {PACKAGE}.{module} as {module}_of_shop"], prefix=f"{module}_of_shop")


def sibling(module: str, names: list[str]) -> Imported:
    return Imported([f"from . import {module} as _{module}"], prefix=f"_{module}")


def starred(module: str, names: list[str]) -> Imported:
    return Imported([f"from .{module} import *"])


def chained(module: str, names: list[str]) -> Imported:
    """A star import of a star import, ``__all__`` handed on."""
    middle = f"from .{module} import *\nfrom . import {module}\n__all__ = [*{module}.__all__]\n"
    return Imported(["from .middle import *"], files={"middle": middle})


def re_exported(module: str, names: list[str]) -> Imported:
    lines = [f"from .{module} import {name} as {name}" for name in names]
    return Imported([f"from {PACKAGE} import {', '.join(names)}"], init=lines)


def lazy(module: str, names: list[str]) -> Imported:
    return Imported(inside=[f"from .{module} import {', '.join(names)}"])


def fallback(module: str, names: list[str]) -> Imported:
    listed = ", ".join(names)
    lines = ["try:", f"    from ._fast import {listed}", "except ImportError:", f"    from .{module} import {listed}"]
    return Imported(lines)


def optional(module: str, names: list[str]) -> Imported:
    """What is only a name where a dependency is missing."""
    lines = ["try:", *(f"    from .{module} import {name}" for name in names), "except ImportError:"]
    return Imported([*lines, *(f"    {name} = None" for name in names)])


def by_version(module: str, names: list[str]) -> Imported:
    listed = ", ".join(names)
    new, old = f"    from .{module} import {listed}", f"    from {PACKAGE}.{module} import {listed}"
    return Imported(["import sys", "if sys.version_info >= (3, 12):", new, "else:", old])


SPELLINGS: dict[str, Spelling] = {
    one.__name__: one
    for one in (
        absolute, relative, dotted, aliased, sibling, starred, chained, re_exported, lazy, fallback, optional,
        by_version,
    )
}  # fmt: skip


class _Prefixed(ast.NodeTransformer):
    """``client`` as ``stores.client``."""

    def __init__(self, names: set[str], prefix: str) -> None:
        self.names, self.prefix = names, prefix

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.names and isinstance(node.ctx, ast.Load):
            return ast.parse(f"{self.prefix}.{node.id}", mode="eval").body
        return node


# ------------------------------------------------------------------ the files


def split(code: str, spelling: Spelling, *, outlined: bool) -> dict[str, str]:
    """The files of the package, by path. ``outlined``: what the functions do is in a third module."""
    program = read(code)
    files = {f"{PACKAGE}/{STORES}.py": _stores(program)}
    init: list[str] = []
    moved: list[str] = []
    if outlined:
        own = {one.name for one in program.functions}
        helpers = [one for one in program.functions if not used(one.body) & own]
        work = [_worker(one) for one in helpers]
        moved = [one.name for one in work]
        text, more = _module(program, work, [], relative, {STORES: program.bound})
        files[f"{PACKAGE}/{WORK}.py"] = text + f"\n__all__ = {moved!r}\n"
        init += more.init
        functions: list[ast.stmt] = [_caller(one) if one in helpers else one for one in program.functions]
    else:
        functions = list(program.functions)
    text, more = _module(program, functions, program.others, spelling, {STORES: program.bound, WORK: moved})
    files[f"{PACKAGE}/{MAIN}.py"] = text
    files |= {f"{PACKAGE}/{name}.py": one for name, one in more.files.items()}
    files[f"{PACKAGE}/__init__.py"] = "\n".join([*init, *more.init]) + "\n"
    return files


def _stores(program: Program) -> str:
    lines = [ast.unparse(one) for one in [*program.imports, *program.bindings]]
    return "\n".join([*lines, f"__all__ = {program.bound!r}", ""])


def _module(
    program: Program, functions: Iterable[ast.stmt], others: list[ast.stmt], spelling: Spelling,
    wanted: dict[str, list[str]],
) -> tuple[str, Imported]:  # fmt: skip
    """The text of a module that takes names from others, and what that needs beside it."""
    body = [ast.parse(ast.unparse(one)).body[0] for one in [*functions, *others]]
    top: list[str] = [ast.unparse(one) for one in program.imports]
    more = Imported()
    for module, offered in wanted.items():
        names = [name for name in offered if name in used(body)]
        if not names:
            continue
        early = _used_early(body) & set(names)
        made = spelling(module, [name for name in names if name not in early] if spelling is lazy else names)
        if spelling is lazy and early:
            top += relative(module, sorted(early)).top
        top += made.top
        more.init.extend(made.init)
        if module in {STORES, WORK} and made.files:
            renamed = {f"{name}_{module}": text for name, text in made.files.items()}
            top[-1] = top[-1].replace(".middle", f".middle_{module}")
            more.files.update(renamed)
        if made.prefix:
            body = [_Prefixed(set(names), made.prefix).visit(one) for one in body]
        for one in body:
            late = [name for name in names if name in used([one]) and name not in early]
            if made.inside and late and isinstance(one, Function):
                one.body[:0] = ast.parse("\n".join(spelling(module, late).inside)).body
    return "\n".join([*top, *(ast.unparse(ast.fix_missing_locations(one)) for one in body), ""]), more


def _used_early(body: list[ast.stmt]) -> set[str]:
    """The names that a module needs when it is imported: in decorators, annotations, statements."""
    found: set[str] = set()
    for one in body:
        found |= used([*one.decorator_list, one.args]) if isinstance(one, Function) else used([one])
    return found


def _worker(function: Function) -> Function:
    return _like(function, f"{function.name}_work", function.body, [])


def _caller(function: Function) -> ast.stmt:
    """The function as it is called, which has the other do its work."""
    args = function.args
    given = [one.arg for one in [*args.posonlyargs, *args.args]]
    given += [f"*{args.vararg.arg}"] if args.vararg else []
    given += [f"{one.arg}={one.arg}" for one in args.kwonlyargs]
    given += [f"**{args.kwarg.arg}"] if args.kwarg else []
    call = f"{function.name}_work({', '.join(given)})"
    waits = "await " if isinstance(function, ast.AsyncFunctionDef) else ""
    return _like(function, function.name, ast.parse(f"async def f():\n return {waits}{call}").body[0].body, None)  # type: ignore[attr-defined]


def _like(function: Function, name: str, body: list[ast.stmt], decorators: list[ast.expr] | None) -> Function:
    made = ast.parse(ast.unparse(function)).body[0]
    assert isinstance(made, Function)
    made.name, made.body = name, body
    if decorators is not None:
        made.decorator_list = decorators
    return made
