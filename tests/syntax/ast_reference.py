# ruff: noqa: N802, ARG002 (methods are called by the names of the nodes of ast)
"""The small tree made from Python's own ``ast``, to compare with the one made from the concrete syntax tree.

What ``ast`` has no place for (parameters with their stars, generators, with items, cases) has no place here either;
neither has anything in an f-string, where ``ast`` before 3.12 is wrong about places.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr, Span, Stmt

NOWHERE = Span(0, 0, 0, 0)

BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.MatMult: "@", ast.Div: "/", ast.Mod: "%", ast.LShift: "<<",
    ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.FloorDiv: "//", ast.Pow: "**",
}  # fmt: skip
COMPARING = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
UNARY = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


class Builder:
    def __init__(self, text: str) -> None:
        self._lines = [line.encode() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        self._is_in_fstring = False

    def module(self, tree: ast.Module) -> nodes.Module:
        return nodes.Module(NOWHERE, self.block(tree.body))

    def span(self, node: ast.AST) -> Span:
        if self._is_in_fstring:
            return NOWHERE
        start = self._column(node.lineno, node.col_offset)
        last = _last(node)
        return Span(node.lineno, start, last.end_lineno, self._column(last.end_lineno, last.end_col_offset))

    def _column(self, line: int, offset: int) -> int:
        return len(self._lines[line - 1][:offset].decode()) + 1

    # ---------------------------------------------------------- expressions

    def expr(self, node: ast.expr) -> Expr:
        return getattr(self, type(node).__name__)(node, self.span(node))

    def maybe(self, node: ast.expr | None) -> Expr | None:
        return None if node is None else self.expr(node)

    def exprs(self, items: list[ast.expr]) -> list[Expr]:
        return [self.expr(item) for item in items]

    def Name(self, node: ast.Name, span: Span) -> Expr:
        return nodes.Name(span, node.id)

    def Attribute(self, node: ast.Attribute, span: Span) -> Expr:
        return nodes.Attribute(span, self.expr(node.value), node.attr)

    def Constant(self, node: ast.Constant, span: Span) -> Expr:
        return nodes.Literal(span, node.value)

    def JoinedStr(self, node: ast.JoinedStr, span: Span) -> Expr:
        outside, self._is_in_fstring = self._is_in_fstring, True
        parts = list(merged(self._parts(node)))
        self._is_in_fstring = outside
        if not any(isinstance(value, ast.FormattedValue) for value in node.values):
            return nodes.Literal(span, parts[0].value if parts else "")
        return nodes.FString(span, parts)

    def _parts(self, node: ast.JoinedStr) -> Iterator[Expr]:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from self._field(value)
            else:
                yield nodes.Literal(NOWHERE, value.value)

    def _field(self, node: ast.FormattedValue) -> Iterator[Expr]:
        yield self.expr(node.value)
        for inner in node.format_spec.values if node.format_spec else ():
            if isinstance(inner, ast.FormattedValue):
                yield from self._field(inner)

    def Call(self, node: ast.Call, span: Span) -> Expr:
        return nodes.Call(span, self.expr(node.func), self.exprs(node.args), self.keywords(node.keywords))

    def keywords(self, items: list[ast.keyword]) -> list[nodes.Keyword]:
        return [nodes.Keyword(self.span(item), item.arg, self.expr(item.value)) for item in items]

    def Compare(self, node: ast.Compare, span: Span) -> Expr:
        ops = [COMPARING[type(op)] for op in node.ops]
        return nodes.Compare(span, self.expr(node.left), ops, self.exprs(node.comparators))

    def BoolOp(self, node: ast.BoolOp, span: Span) -> Expr:
        return nodes.BoolOp(span, "and" if isinstance(node.op, ast.And) else "or", self.exprs(node.values))

    def UnaryOp(self, node: ast.UnaryOp, span: Span) -> Expr:
        return nodes.UnaryOp(span, UNARY[type(node.op)], self.expr(node.operand))

    def BinOp(self, node: ast.BinOp, span: Span) -> Expr:
        return nodes.BinOp(span, self.expr(node.left), BINARY[type(node.op)], self.expr(node.right))

    def IfExp(self, node: ast.IfExp, span: Span) -> Expr:
        return nodes.IfExp(span, self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def NamedExpr(self, node: ast.NamedExpr, span: Span) -> Expr:
        return nodes.NamedExpr(span, self.expr(node.target), self.expr(node.value))

    def Await(self, node: ast.Await, span: Span) -> Expr:
        return nodes.Await(span, self.expr(node.value))

    def Yield(self, node: ast.Yield, span: Span) -> Expr:
        return nodes.Yield(span, self.maybe(node.value), is_from=False)

    def YieldFrom(self, node: ast.YieldFrom, span: Span) -> Expr:
        return nodes.Yield(span, self.expr(node.value), is_from=True)

    def Starred(self, node: ast.Starred, span: Span) -> Expr:
        return nodes.Starred(span, self.expr(node.value))

    def Subscript(self, node: ast.Subscript, span: Span) -> Expr:
        return nodes.Subscript(span, self.expr(node.value), self.expr(node.slice))

    def Slice(self, node: ast.Slice, span: Span) -> Expr:
        return nodes.Slice(span, self.maybe(node.lower), self.maybe(node.upper), self.maybe(node.step))

    def Tuple(self, node: ast.Tuple, span: Span) -> Expr:
        return nodes.Sequence(span, "tuple", self.exprs(node.elts))

    def List(self, node: ast.List, span: Span) -> Expr:
        return nodes.Sequence(span, "list", self.exprs(node.elts))

    def Set(self, node: ast.Set, span: Span) -> Expr:
        return nodes.Sequence(span, "set", self.exprs(node.elts))

    def Dict(self, node: ast.Dict, span: Span) -> Expr:
        pairs = zip(node.keys, node.values, strict=True)
        return nodes.Mapping(span, [(self.maybe(key), self.expr(value)) for key, value in pairs])

    def ListComp(self, node: ast.ListComp, span: Span) -> Expr:
        return nodes.Comprehension(span, "list", self.expr(node.elt), self._generators(node.generators))

    def SetComp(self, node: ast.SetComp, span: Span) -> Expr:
        return nodes.Comprehension(span, "set", self.expr(node.elt), self._generators(node.generators))

    def GeneratorExp(self, node: ast.GeneratorExp, span: Span) -> Expr:
        return nodes.Comprehension(span, "generator", self.expr(node.elt), self._generators(node.generators))

    def DictComp(self, node: ast.DictComp, span: Span) -> Expr:
        key, value = self.expr(node.key), self.expr(node.value)
        element = nodes.Sequence(NOWHERE, "tuple", [key, value])
        return nodes.Comprehension(span, "dict", element, self._generators(node.generators))

    def _generators(self, items: list[ast.comprehension]) -> list[nodes.Generator]:
        return [
            nodes.Generator(
                NOWHERE, self.expr(item.target), self.expr(item.iter), self.exprs(item.ifs), bool(item.is_async)
            )
            for item in items
        ]

    def Lambda(self, node: ast.Lambda, span: Span) -> Expr:
        return nodes.Lambda(span, self.params(node.args), self.expr(node.body))

    def params(self, args: ast.arguments) -> list[nodes.Param]:
        positional = [*args.posonlyargs, *args.args]
        defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
        found = [self._param(arg, default, "positional") for arg, default in zip(positional, defaults, strict=True)]
        if args.vararg:
            found.append(self._param(args.vararg, None, "args"))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            found.append(self._param(arg, default, "keyword"))
        if args.kwarg:
            found.append(self._param(args.kwarg, None, "kwargs"))
        return found

    def _param(self, arg: ast.arg, default: ast.expr | None, kind: str) -> nodes.Param:
        return nodes.Param(NOWHERE, arg.arg, self.maybe(arg.annotation), self.maybe(default), kind)

    # ----------------------------------------------------------- statements

    def block(self, statements: list[ast.stmt]) -> list[Stmt]:
        return [getattr(self, type(item).__name__)(item, self.span(item)) for item in statements]

    def Expr(self, node: ast.Expr, span: Span) -> Stmt:
        return nodes.ExprStmt(span, self.expr(node.value))

    def Assign(self, node: ast.Assign, span: Span) -> Stmt:
        return nodes.Assign(span, self.exprs(node.targets), self.expr(node.value))

    def AnnAssign(self, node: ast.AnnAssign, span: Span) -> Stmt:
        return nodes.Assign(span, [self.expr(node.target)], self.maybe(node.value), self.expr(node.annotation))

    def AugAssign(self, node: ast.AugAssign, span: Span) -> Stmt:
        return nodes.AugAssign(span, self.expr(node.target), BINARY[type(node.op)], self.expr(node.value))

    def Return(self, node: ast.Return, span: Span) -> Stmt:
        return nodes.Return(span, self.maybe(node.value))

    def Raise(self, node: ast.Raise, span: Span) -> Stmt:
        return nodes.Raise(span, self.maybe(node.exc), self.maybe(node.cause))

    def Assert(self, node: ast.Assert, span: Span) -> Stmt:
        return nodes.Assert(span, self.expr(node.test), self.maybe(node.msg))

    def Delete(self, node: ast.Delete, span: Span) -> Stmt:
        return nodes.Delete(span, self.exprs(node.targets))

    def Pass(self, node: ast.Pass, span: Span) -> Stmt:
        return nodes.Pass(span)

    def Break(self, node: ast.Break, span: Span) -> Stmt:
        return nodes.Break(span)

    def Continue(self, node: ast.Continue, span: Span) -> Stmt:
        return nodes.Continue(span)

    def Global(self, node: ast.Global, span: Span) -> Stmt:
        return nodes.Scope(span, "global", node.names)

    def Nonlocal(self, node: ast.Nonlocal, span: Span) -> Stmt:
        return nodes.Scope(span, "nonlocal", node.names)

    def If(self, node: ast.If, span: Span) -> Stmt:
        return nodes.If(span, self.expr(node.test), self.block(node.body), self.block(node.orelse))

    def While(self, node: ast.While, span: Span) -> Stmt:
        return nodes.While(span, self.expr(node.test), self.block(node.body), self.block(node.orelse))

    def For(self, node: ast.For | ast.AsyncFor, span: Span) -> Stmt:
        target, iterable = self.expr(node.target), self.expr(node.iter)
        body, orelse = self.block(node.body), self.block(node.orelse)
        return nodes.For(span, target, iterable, body, orelse, isinstance(node, ast.AsyncFor))

    AsyncFor = For

    def With(self, node: ast.With | ast.AsyncWith, span: Span) -> Stmt:
        items = [
            nodes.WithItem(NOWHERE, self.expr(item.context_expr), self.maybe(item.optional_vars)) for item in node.items
        ]
        return nodes.With(span, items, self.block(node.body), isinstance(node, ast.AsyncWith))

    AsyncWith = With

    def Try(self, node: ast.Try, span: Span, *, is_group: bool = False) -> Stmt:
        handlers = [
            nodes.Handler(self.span(item), self.maybe(item.type), item.name, self.block(item.body), is_group)
            for item in node.handlers
        ]
        return nodes.Try(span, self.block(node.body), handlers, self.block(node.orelse), self.block(node.finalbody))

    def TryStar(self, node: ast.TryStar, span: Span) -> Stmt:
        return self.Try(node, span, is_group=True)

    def Match(self, node: ast.Match, span: Span) -> Stmt:
        return nodes.Match(span, self.expr(node.subject), [self._case(case) for case in node.cases])

    def _case(self, case: ast.match_case) -> nodes.Case:
        binds: list[str] = []
        values: list[Expr] = []
        self._pattern(case.pattern, binds, values)
        values.sort(key=lambda value: (value.span.line, value.span.column))
        guard, body = self.maybe(case.guard), self.block(case.body)
        return nodes.Case(NOWHERE, binds, values, guard, body, _is_wildcard(case.pattern))

    def _pattern(self, node: ast.pattern, binds: list[str], values: list[Expr]) -> None:
        match node:
            case ast.MatchValue(value=value):
                values.append(self.expr(value))
            case ast.MatchSingleton(value=value):
                values.append(nodes.Literal(self.span(node), value))
            case ast.MatchMapping(keys=keys):
                values += self.exprs(keys)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.pattern):
                self._pattern(child, binds, values)
        name = node.rest if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
        if name:
            binds.append(name)

    def Import(self, node: ast.Import, span: Span) -> Stmt:
        return nodes.Import(span, self._aliases(node.names))

    def ImportFrom(self, node: ast.ImportFrom, span: Span) -> Stmt:
        return nodes.ImportFrom(span, node.module or "", self._aliases(node.names), node.level)

    def _aliases(self, items: list[ast.alias]) -> list[nodes.Alias]:
        return [nodes.Alias(self.span(item), item.name, item.asname) for item in items]

    def FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, span: Span) -> Stmt:
        return nodes.FunctionDef(
            self._decorated(node, span),
            node.name,
            NOWHERE,
            self.params(node.args),
            self.maybe(node.returns),
            self.exprs(node.decorator_list),
            self.block(node.body),
            isinstance(node, ast.AsyncFunctionDef),
        )

    AsyncFunctionDef = FunctionDef

    def ClassDef(self, node: ast.ClassDef, span: Span) -> Stmt:
        bases, keywords = self.exprs(node.bases), self.keywords(node.keywords)
        decorators, body = self.exprs(node.decorator_list), self.block(node.body)
        return nodes.ClassDef(self._decorated(node, span), node.name, NOWHERE, bases, keywords, decorators, body)

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, span: Span) -> Span:
        if not node.decorator_list:
            return span
        first = node.decorator_list[0]
        column = self._lines[first.lineno - 1][: first.col_offset].decode().rindex("@") + 1
        return dataclasses.replace(span, line=first.lineno, column=column)


def _last(node: ast.AST) -> ast.AST:
    """Where a compound statement ends: at its last statement, not at a semicolon after it."""
    if isinstance(node, ast.Match):
        return _last(node.cases[-1].body[-1])
    blocks = [getattr(node, name, None) for name in ("finalbody", "orelse", "handlers", "body")]
    block = next((block for block in blocks if isinstance(block, list) and block), None)
    return node if block is None else _last(block[-1])


def _is_wildcard(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _is_wildcard(pattern.pattern))


def merged(parts: Iterator[Expr]) -> Iterator[Expr]:
    """Neighbouring texts as one."""
    text: str | None = None
    for part in parts:
        if isinstance(part, nodes.Literal) and isinstance(part.value, str):
            text = (text or "") + part.value
            continue
        if text:
            yield nodes.Literal(NOWHERE, text)
        text = None
        yield part
    if text:
        yield nodes.Literal(NOWHERE, text)


def reference(text: str) -> nodes.Module:
    """The small tree of a text as ``ast`` sees it."""
    return Builder(text).module(ast.parse(text))


def difference(expected: object, actual: object, where: str = "module") -> str | None:
    """The first difference between two trees; places that the expected one does not know are not compared."""
    if type(expected) is not type(actual):
        return f"{where}: {expected!r:.200} but got {actual!r:.200}"
    if isinstance(expected, list | tuple):
        if len(expected) != len(actual):
            return f"{where}: {len(expected)} items but got {len(actual)}: {actual!r:.300}"
        pairs = ((f"{where}[{i}]", a, b) for i, (a, b) in enumerate(zip(expected, actual, strict=True)))
        return next((found for place, a, b in pairs if (found := difference(a, b, place))), None)
    if isinstance(expected, nodes.Node):
        return _node_difference(expected, actual, f"{where}/{type(expected).__name__}@{actual.span.line}")
    return None if expected == actual else f"{where}: {expected!r} but got {actual!r}"


def _node_difference(expected: nodes.Node, actual: nodes.Node, where: str) -> str | None:
    for name in expected.__dataclass_fields__:
        value = getattr(expected, name)
        if isinstance(value, Span) and value == NOWHERE:
            continue
        if name == "broken":
            continue
        found = (
            f"{where}: {value} but got {actual.span}"
            if isinstance(value, Span) and value != getattr(actual, name)
            else None
            if isinstance(value, Span)
            else difference(value, getattr(actual, name), f"{where}.{name}")
        )
        if found:
            return found
    return None
