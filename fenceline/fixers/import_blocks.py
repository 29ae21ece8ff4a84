"""Adding an import to a module where its own imports say that it belongs, and removing one that nothing uses."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from fenceline.fixers.arguments import without_comments
from fenceline.fixers.blocks import led_by
from fenceline.fixers.fixer import Refused
from fenceline.fixers.imports import Wanted
from fenceline.fixers.positions import Statement, walk
from fenceline.fixers.scopes import dotted

_FUTURE, _STANDARD, _THIRD, _OWN = range(4)
_KEEPS_ITS_PLACE = re.compile(r"#!|coding[:=]|copyright|licen[sc]e|spdx", re.IGNORECASE)


def with_import(module: cst.Module, new: Wanted, package: str) -> cst.Module:
    """The module with one import more; ``package`` is the top-level package that the module is in."""
    return _joined(module, new) or _placed(module, new, package)


# ------------------------------------------------- into an import that is there


def _joined(module: cst.Module, new: Wanted) -> cst.Module | None:
    """The name added to the ``from module import …`` that the file has at its top."""
    for position, line in enumerate(module.body):
        match line:
            case cst.SimpleStatementLine([cst.ImportFrom(names=names, relative=()) as one]) if (
                new.name is not None and not isinstance(names, cst.ImportStar) and dotted(one.module) == new.module
            ):
                longer = _longer(module, line, one, _alias(new))
                return module.with_changes(body=[*module.body[:position], longer, *module.body[position + 1 :]])
    return None


def _alias(new: Wanted) -> cst.ImportAlias:
    name = cst.parse_expression(new.name or new.module)
    assert isinstance(name, cst.Name | cst.Attribute)
    return cst.ImportAlias(name, cst.AsName(cst.Name(new.alias)) if new.alias else None)


def _longer(
    module: cst.Module, line: cst.SimpleStatementLine, one: cst.ImportFrom, new: cst.ImportAlias
) -> cst.SimpleStatementLine:
    assert not isinstance(one.names, cst.ImportStar)
    names = list(one.names)
    more = one.with_changes(names=_inserted(names, new, _position(names, new)))
    result = line.with_changes(body=[more])
    width = max(79, *(len(text) for text in module.code.splitlines()))
    if one.lpar is None and len(module.code_for_node(result.with_changes(leading_lines=[])).rstrip()) > width:
        result = line.with_changes(body=[_spread(more)])
    return result


def _position(names: Sequence[cst.ImportAlias], new: cst.ImportAlias) -> int:
    """Where the name goes in the order that the names have; at the end when they have none."""
    texts = [dotted(one.name) for one in names]
    for key in _ORDERS:
        if texts == sorted(texts, key=key):
            return sum(key(one) <= key(dotted(new.name)) for one in texts)
    return len(names)


def _by_case(name: str) -> tuple[int, str]:
    """Constants, classes, the rest, as isort and Ruff have it."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


_ORDERS: tuple[Callable[[str], tuple[int | str, str]], ...] = (
    _by_case,
    lambda name: (name.lower(), name),
    lambda name: (name, name),
)


def _inserted(names: list[cst.ImportAlias], new: cst.ImportAlias, at: int) -> list[cst.ImportAlias]:
    between = next((one.comma for one in names[:-1] if isinstance(one.comma, cst.Comma)), None)
    if between is None:
        between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    bare = between.with_changes(whitespace_after=without_comments(between.whitespace_after))
    if at < len(names):
        return [*names[:at], new.with_changes(comma=bare), *names[at:]]
    last = names[-1]
    if isinstance(last.comma, cst.Comma) and isinstance(last.comma.whitespace_after, cst.ParenthesizedWhitespace):
        return [
            *names[:-1],
            last.with_changes(comma=_gap_before_last(names, last.comma)),
            new.with_changes(comma=_closing(last.comma)),
        ]
    return [*names[:-1], last.with_changes(comma=bare), new.with_changes(comma=last.comma)]


def _gap_before_last(names: list[cst.ImportAlias], end: cst.Comma) -> cst.Comma:
    """The comma after what was the last name: its comment stays, the next name stands where the others do."""
    gap = end.whitespace_after
    before = names[-2].comma.whitespace_after if len(names) > 1 and isinstance(names[-2].comma, cst.Comma) else None
    assert isinstance(gap, cst.ParenthesizedWhitespace)
    if isinstance(before, cst.ParenthesizedWhitespace):
        return end.with_changes(whitespace_after=gap.with_changes(indent=before.indent, last_line=before.last_line))
    return end.with_changes(whitespace_after=gap.with_changes(last_line=cst.SimpleWhitespace("    "), indent=True))


def _closing(end: cst.Comma) -> cst.Comma:
    return end.with_changes(whitespace_after=without_comments(end.whitespace_after))


def _spread(one: cst.ImportFrom) -> cst.ImportFrom:
    """The names below each other, in parentheses."""
    assert not isinstance(one.names, cst.ImportStar)

    def line(text: str) -> cst.ParenthesizedWhitespace:
        return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(text))

    names = [name.with_changes(comma=cst.Comma(whitespace_after=line("    "))) for name in one.names[:-1]]
    last = one.names[-1].with_changes(comma=cst.Comma(whitespace_after=line("")))
    return one.with_changes(
        names=[*names, last], lpar=cst.LeftParen(whitespace_after=line("    ")), rpar=cst.RightParen()
    )


# ------------------------------------------------------- as a statement of its own


@dataclass(frozen=True, slots=True)
class _Import:
    """One line of imports at the top of a module: where it is, what it imports, and what it begins."""

    position: int
    module: str
    is_from: bool
    kind: int
    begins: bool


def _placed(module: cst.Module, new: Wanted, package: str) -> cst.Module:
    line = _statement(new)
    mine = _Import(-1, new.module, new.name is not None, _kind(new.module, package), begins=False)
    region = _region(module, package)
    if not region:
        return _first(module, line)
    groups = _groups(region)
    fitting = next((one for one in groups if _kind_of(one) == mine.kind), None)
    if fitting is None and len(groups) == 1 and len({one.kind for one in groups[0]}) > 1:
        fitting = groups[0]
    if fitting is not None:
        return _into_group(module, fitting, mine, line)
    return _as_group(module, groups, mine, line)


def _statement(new: Wanted) -> cst.SimpleStatementLine:
    if new.name is None:
        return cst.SimpleStatementLine([cst.Import([_alias(new)])])
    source = cst.parse_expression(new.module)
    assert isinstance(source, cst.Name | cst.Attribute)
    return cst.SimpleStatementLine([cst.ImportFrom(source, [_alias(new)])])


def _kind(module: str, package: str) -> int:
    top = module.split(".", maxsplit=1)[0]
    if module == "__future__":
        return _FUTURE
    if not top or top == package:
        return _OWN
    return _STANDARD if top in sys.stdlib_module_names else _THIRD


def _region(module: cst.Module, package: str) -> list[_Import]:
    """The imports at the top of the module, up to the first statement that neither is nor holds any.

    An import below that (after ``django.setup()``, say) stands there because of what is above it.
    """
    found: list[_Import] = []
    for position, line in enumerate(module.body):
        match line:
            case cst.SimpleStatementLine([cst.Import() | cst.ImportFrom() as one]):
                found.append(_read(position, one, package, begins=not found or _has_blank(line)))
            case cst.SimpleStatementLine([cst.Expr(cst.SimpleString() | cst.ConcatenatedString())]) if position == 0:
                pass
            case cst.If() | cst.Try() if _holds_imports(line):
                pass
            case _:
                break
    return found


def _read(position: int, one: cst.Import | cst.ImportFrom, package: str, *, begins: bool) -> _Import:
    if isinstance(one, cst.Import):
        name = dotted(one.names[0].name)
        return _Import(position, name, is_from=False, kind=_kind(name, package), begins=begins)
    name = "." * len(one.relative) + dotted(one.module)
    return _Import(position, name, is_from=True, kind=_kind(name, package), begins=begins)


def _has_blank(line: Statement) -> bool:
    return any(one.comment is None for one in line.leading_lines)


def _holds_imports(line: cst.BaseStatement) -> bool:
    return any(isinstance(one, cst.Import | cst.ImportFrom) for one in walk(line)) and not any(
        isinstance(one, cst.FunctionDef | cst.ClassDef) for one in walk(line)
    )


def _groups(region: list[_Import]) -> list[list[_Import]]:
    groups: list[list[_Import]] = []
    for one in region:
        if one.begins or not groups or one.position != groups[-1][-1].position + 1:
            groups.append([])
        groups[-1].append(one)
    return groups


def _kind_of(group: list[_Import]) -> int:
    """What most of a group are."""
    kinds = [one.kind for one in group]
    return max(kinds, key=kinds.count)


def _plain_first(one: _Import) -> tuple[bool, str]:
    return one.is_from, one.module.lower()


def _by_module(one: _Import) -> tuple[str, bool]:
    return one.module.lower(), one.is_from


def _into_group(module: cst.Module, group: list[_Import], mine: _Import, line: cst.SimpleStatementLine) -> cst.Module:
    after = group[-1]
    for key in (_plain_first, _by_module):
        if group == sorted(group, key=key):
            before = next((one for one in group if key(mine) < key(one)), None)
            if before is not None:
                return _before(module, before.position, line)
            return _after(module, after.position, line)
    top = mine.module.split(".", maxsplit=1)[0]
    near = [one for one in group if one.module.split(".", maxsplit=1)[0] == top]
    return _after(module, (near or group)[-1].position, line)


def _as_group(
    module: cst.Module, groups: list[list[_Import]], mine: _Import, line: cst.SimpleStatementLine
) -> cst.Module:
    """A group of its own, above the first one that comes later."""
    later = next((one for one in groups if _kind_of(one) > mine.kind), None)
    blank = cst.EmptyLine(indent=False)
    if later is None:
        return _after(module, groups[-1][-1].position, led_by(line, [blank]))
    position = later[0].position
    below = module.body[position]
    assert isinstance(below, Statement)
    if not _has_blank(below):
        body = [*module.body]
        body[position] = led_by(below, [blank, *below.leading_lines])
        return module.with_changes(body=[*body[:position], line, *body[position:]])
    first = led_by(line, [one for one in below.leading_lines if one.comment is None][:1])
    return module.with_changes(body=[*module.body[:position], first, *module.body[position:]])


def _before(module: cst.Module, position: int, line: cst.SimpleStatementLine) -> cst.Module:
    """Above an import, and above its comments; the blank lines stay above both."""
    below = module.body[position]
    assert isinstance(below, Statement)
    lines = list(below.leading_lines)
    count = next((i for i, one in enumerate(lines) if one.comment is not None), len(lines))
    new = [led_by(line, lines[:count]), led_by(below, lines[count:])]
    return module.with_changes(body=[*module.body[:position], *new, *module.body[position + 1 :]])


def _after(module: cst.Module, position: int, line: Statement) -> cst.Module:
    return module.with_changes(body=[*module.body[: position + 1], line, *module.body[position + 1 :]])


def _first(module: cst.Module, line: cst.SimpleStatementLine) -> cst.Module:
    """The first import of a file: below its docstring and what only may stand above."""
    position = 1 if module.get_docstring() is not None else 0
    top = module.body[0] if module.body else None
    if position and isinstance(top, cst.SimpleStatementLine) and len(top.body) > 1:
        raise Refused("the docstring of the module shares its line with code")
    module, below = _with_header_parted(module, position)
    body = [*module.body]
    if below is not None and not _has_blank(below):
        count = 2 if isinstance(below, cst.FunctionDef | cst.ClassDef) else 1
        body[position] = led_by(below, [cst.EmptyLine(indent=False)] * count + list(below.leading_lines))
    lines = [cst.EmptyLine(indent=False)] if position or (module.header and module.header[-1].comment) else []
    return module.with_changes(body=[*body[:position], led_by(line, lines), *body[position:]])


def _with_header_parted(module: cst.Module, position: int) -> tuple[cst.Module, Statement | None]:
    """The comment right above the first statement belongs to it, unless it is one about the file."""
    below = module.body[position] if position < len(module.body) else None
    assert below is None or isinstance(below, Statement)
    if below is None or position:
        return module, below
    lines = list(module.header)
    start = next((i + 1 for i in range(len(lines) - 1, -1, -1) if lines[i].comment is None), 0)
    comments = lines[start:]
    if not comments or any(_KEEPS_ITS_PLACE.search(one.comment.value) for one in comments if one.comment):
        return module, below
    below = led_by(below, [*comments, *below.leading_lines])
    return module.with_changes(header=lines[:start], body=[below, *module.body[1:]]), below


# ------------------------------------------------------------------- removing


def without_imports(module: cst.Module, old: cst.Module, names: set[str]) -> cst.Module:
    """The module without those imports of names that ``old`` used and that it does not use itself."""
    gone = {name for name in names if _is_used(old, name) and not _is_used(module, name)}
    if not gone:
        return module
    body = [one for line in module.body for one in _stripped(line, gone)]
    return module.with_changes(body=body)


def _is_used(module: cst.Module, name: str) -> bool:
    """Whether the name occurs outside of imports: in code, or as a word in a string (``__all__``, annotations)."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    waiting: list[cst.CSTNode] = [module]
    while waiting:
        one = waiting.pop()
        match one:
            case cst.Import() | cst.ImportFrom():
                continue
            case cst.Name(value=value) if value == name:
                return True
            case cst.SimpleString(value=value) if word.search(value):
                return True
        waiting.extend(one.children)
    return False


def _stripped(line: cst.BaseStatement, gone: set[str]) -> list[cst.BaseStatement]:
    match line:
        case cst.SimpleStatementLine([cst.Import(names=names) | cst.ImportFrom(names=names) as one]) if not isinstance(
            names, cst.ImportStar
        ):
            kept = [name for name in names if _bound(name) not in gone]
            if len(kept) == len(names):
                return [line]
            if not kept:
                return []
            kept[-1] = kept[-1].with_changes(comma=names[-1].comma)
            return [line.with_changes(body=[one.with_changes(names=kept)])]
    return [line]


def _bound(alias: cst.ImportAlias) -> str:
    return dotted(alias.asname.name) if alias.asname is not None else dotted(alias.name).split(".", maxsplit=1)[0]
