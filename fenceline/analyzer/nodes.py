"""The small syntax tree that the analysis reads.

A tree of our own, made from the concrete syntax tree by :mod:`fenceline.analyzer.syntax`: only what a hazard can
depend on, comments and parentheses gone, every node with its place. Anything else becomes :class:`Unknown` with its
children, so that an effect inside is never lost. Lines and columns are 1-based; columns count characters, not bytes;
the end column is the one after the last character.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fenceline.analyzer.work import DONE


@dataclass(slots=True, unsafe_hash=True)
class Span:
    """Where a node stands in its file: 1-based lines and columns, the end exclusive.

    Nothing changes one. It is not frozen, as every node has one, and making a frozen one takes three times as long.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True, eq=False)
class Node:
    """What every node has."""

    span: Span


# ---------------------------------------------------------------- expressions


@dataclass(slots=True, eq=False)
class Name(Node):
    id: str


@dataclass(slots=True, eq=False)
class Attribute(Node):
    value: Expr
    attr: str


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A constant: str, bytes, int, float, complex, bool, None or Ellipsis (implicitly joined strings are one)."""

    value: object


@dataclass(slots=True, eq=False)
class FString(Node):
    """An f-string (or a join with one in it): its parts in order, text as Literal, fields as expressions."""

    parts: list[Expr]


@dataclass(slots=True, eq=False)
class Keyword(Node):
    """``name=value``, or ``**value`` with name None."""

    name: str | None
    value: Expr


@dataclass(slots=True, eq=False)
class Call(Node):
    """A call; ``args`` may hold Starred. A sole generator argument is one Comprehension."""

    func: Expr
    args: list[Expr]
    keywords: list[Keyword]


@dataclass(slots=True, eq=False)
class Compare(Node):
    """``left op0 comparators[0] op1 …``; ops as written ('==', '!=', '<', 'in', 'not in', 'is', 'is not', …)."""

    left: Expr
    ops: list[str]
    comparators: list[Expr]


@dataclass(slots=True, eq=False)
class BoolOp(Node):
    """``and`` / ``or`` over two or more values (a chain of one operator is flat)."""

    op: str
    values: list[Expr]


@dataclass(slots=True, eq=False)
class UnaryOp(Node):
    """op is 'not', '-', '+' or '~'."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class BinOp(Node):
    left: Expr
    op: str
    right: Expr


@dataclass(slots=True, eq=False)
class IfExp(Node):
    test: Expr
    body: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class NamedExpr(Node):
    target: Name
    value: Expr


@dataclass(slots=True, eq=False)
class Await(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class Yield(Node):
    """``yield`` or (is_from) ``yield from``."""

    value: Expr | None
    is_from: bool


@dataclass(slots=True, eq=False)
class Starred(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class Subscript(Node):
    """``value[index]``; several indices are one Sequence of kind 'tuple'; a slice is Slice."""

    value: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class Slice(Node):
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A display: kind is 'tuple', 'list' or 'set'."""

    kind: str
    items: list[Expr]


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A dict display: (key, value); ``**other`` has key None."""

    items: list[tuple[Expr | None, Expr]]


@dataclass(slots=True, eq=False)
class Generator(Node):
    """One ``for target in iterable if …`` clause."""

    target: Expr
    iterable: Expr
    conditions: list[Expr]
    is_async: bool


@dataclass(slots=True, eq=False)
class Comprehension(Node):
    """kind is 'list', 'set', 'dict' or 'generator'; the element of a 'dict' is Sequence('tuple', [key, value])."""

    kind: str
    element: Expr
    generators: list[Generator]


@dataclass(slots=True, eq=False)
class Lambda(Node):
    params: list[Param]
    body: Expr


@dataclass(slots=True, eq=False)
class Unknown(Node):
    """Syntax that the analysis has no use for; the expressions and statements inside it, in source order."""

    kind: str
    children: list[Node]


# ----------------------------------------------------------------- statements


@dataclass(slots=True, eq=False)
class ExprStmt(Node):
    value: Expr


@dataclass(slots=True, eq=False)
class Assign(Node):
    """``t1 = t2 = value``; an annotated assignment has one target and an annotation (value None when only declared)."""

    targets: list[Expr]
    value: Expr | None
    annotation: Expr | None = None


@dataclass(slots=True, eq=False)
class AugAssign(Node):
    """op without the equals sign: '+', '-', '|', …"""

    target: Expr
    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class Return(Node):
    value: Expr | None


@dataclass(slots=True, eq=False)
class Raise(Node):
    value: Expr | None
    cause: Expr | None


@dataclass(slots=True, eq=False)
class Assert(Node):
    test: Expr
    message: Expr | None


@dataclass(slots=True, eq=False)
class Delete(Node):
    targets: list[Expr]


@dataclass(slots=True, eq=False)
class Pass(Node):
    pass


@dataclass(slots=True, eq=False)
class Break(Node):
    pass


@dataclass(slots=True, eq=False)
class Continue(Node):
    pass


@dataclass(slots=True, eq=False)
class Scope(Node):
    """``global`` / ``nonlocal`` (kind) names."""

    kind: str
    names: list[str]


@dataclass(slots=True, eq=False)
class If(Node):
    """``elif`` is an If alone in ``orelse``."""

    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]


@dataclass(slots=True, eq=False)
class While(Node):
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]


@dataclass(slots=True, eq=False)
class For(Node):
    target: Expr
    iterable: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    is_async: bool


@dataclass(slots=True, eq=False)
class Handler(Node):
    """``except type as name``; ``except*`` has is_group; a bare except has type None."""

    type: Expr | None
    name: str | None
    body: list[Stmt]
    is_group: bool


@dataclass(slots=True, eq=False)
class Try(Node):
    body: list[Stmt]
    handlers: list[Handler]
    orelse: list[Stmt]
    finalbody: list[Stmt]


@dataclass(slots=True, eq=False)
class WithItem(Node):
    context: Expr
    target: Expr | None


@dataclass(slots=True, eq=False)
class With(Node):
    items: list[WithItem]
    body: list[Stmt]
    is_async: bool


@dataclass(slots=True, eq=False)
class Case(Node):
    """One ``case``: what the pattern binds, the values it compares with, and its guard."""

    binds: list[str]
    values: list[Expr]
    guard: Expr | None
    body: list[Stmt]
    is_wildcard: bool


@dataclass(slots=True, eq=False)
class Match(Node):
    subject: Expr
    cases: list[Case]


@dataclass(slots=True, eq=False)
class Alias(Node):
    """``name as asname``; ``*`` for a star import."""

    name: str
    asname: str | None


@dataclass(slots=True, eq=False)
class Import(Node):
    names: list[Alias]


@dataclass(slots=True, eq=False)
class ImportFrom(Node):
    """``from ..module import names``: level counts the dots; module is '' for ``from . import x``."""

    module: str
    names: list[Alias]
    level: int


@dataclass(slots=True, eq=False)
class Param(Node):
    """kind is 'positional' (also before /), 'keyword' (after *), 'args' (*x) or 'kwargs' (**x)."""

    name: str
    annotation: Expr | None
    default: Expr | None
    kind: str


@dataclass(slots=True, eq=False)
class FunctionDef(Node):
    """span covers the definition with its decorators; name_span the name alone."""

    name: str
    name_span: Span
    params: list[Param]
    returns: Expr | None
    decorators: list[Expr]
    body: list[Stmt]
    is_async: bool


class Later(list["Stmt"]):
    """A body that is read when somebody asks for it: most functions of most modules nobody asks about."""

    def __init__(self, read: Callable[[], list[Stmt]]) -> None:
        super().__init__()
        self.read = read


def _read_when_asked() -> property:
    """In place of the slot of a function's body: what is to be read later is read now, and kept."""
    slot = FunctionDef.__dict__["body"]

    def body(node: FunctionDef) -> list[Stmt]:
        found: list[Stmt] = slot.__get__(node)
        if type(found) is Later:
            DONE.functions += 1
            found = found.read()
            slot.__set__(node, found)
        return found

    return property(body, slot.__set__)


setattr(FunctionDef, "body", _read_when_asked())  # noqa: B010 - to the type checker it stays what it was


@dataclass(slots=True, eq=False)
class ClassDef(Node):
    name: str
    name_span: Span
    bases: list[Expr]
    keywords: list[Keyword]
    decorators: list[Expr]
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class Broken(Node):
    """A definition or statement that could not be read: a syntax error inside, or nesting beyond the limit."""

    name: str | None
    reason: str


@dataclass(slots=True, eq=False)
class Module(Node):
    body: list[Stmt]
    broken: list[Broken] = field(default_factory=list)


Expr = (
    Name
    | Attribute
    | Literal
    | FString
    | Call
    | Compare
    | BoolOp
    | UnaryOp
    | BinOp
    | IfExp
    | NamedExpr
    | Await
    | Yield
    | Starred
    | Subscript
    | Slice
    | Sequence
    | Mapping
    | Comprehension
    | Lambda
    | Unknown
)
Stmt = (
    ExprStmt
    | Assign
    | AugAssign
    | Return
    | Raise
    | Assert
    | Delete
    | Pass
    | Break
    | Continue
    | Scope
    | If
    | While
    | For
    | Try
    | With
    | Match
    | Import
    | ImportFrom
    | FunctionDef
    | ClassDef
    | Broken
    | Unknown
)
