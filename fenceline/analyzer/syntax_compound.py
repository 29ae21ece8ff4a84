"""Statements with blocks, and definitions."""

from __future__ import annotations

from functools import partial

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr, Span, Stmt
from fenceline.analyzer.syntax_blocks import block, body_of, definition_name, ending, handles, last_of
from fenceline.analyzer.syntax_dispatch import covering, expression, expressions, only
from fenceline.analyzer.syntax_expressions import arguments_of, parameters
from fenceline.analyzer.syntax_patterns import Pattern, is_irrefutable
from fenceline.analyzer.syntax_reader import Cst, Reader, kinds, plain, tokens

MAX_ALTERNATIVES = 100
"""``elif`` nests in the small tree, so a chain is as deep as it is long."""

_ELIF = kinds("elif_clause")
_ELSE = kinds("else_clause")
_EXCEPT = kinds("except_clause")
_BLOCK = kinds("block")
_DECORATOR = kinds("decorator")
_FUNCTION = kinds("function_definition")
_PARAMETERS = kinds("parameters")
_TYPE = kinds("type")
_ARGUMENT_LIST = kinds("argument_list")
_AS_PATTERN = kinds("as_pattern")
_PARENTHESISED = kinds("parenthesized_expression", "tuple")
_IF_CLAUSE = kinds("if_clause")
_CASE = kinds("case_clause")


@handles("if_statement")
def _if(reader: Reader, node: Cst) -> Stmt:
    test, body, *alternatives = plain(node)
    if len(alternatives) > MAX_ALTERNATIVES:
        return reader.report(node, reason="nested too deeply")
    return _branch(reader, reader.span(node), test, body, alternatives)


def _branch(reader: Reader, span: Span, test: Cst, body: Cst, alternatives: list[Cst]) -> nodes.If:
    condition, statements = expression(reader, test), block(reader, body)
    orelse: list[Stmt] = []
    if alternatives and alternatives[0].kind_id in _ELIF:
        inner_test, inner_body = plain(alternatives[0])
        orelse = [_branch(reader, reader.span(alternatives[0]), inner_test, inner_body, alternatives[1:])]
    elif alternatives:
        orelse = body_of(reader, alternatives[0])
    return nodes.If(ending(span, statements, orelse), condition, statements, orelse)


@handles("while_statement")
def _while(reader: Reader, node: Cst) -> Stmt:
    test, body, *alternative = plain(node)
    condition, statements = expression(reader, test), block(reader, body)
    orelse = body_of(reader, alternative[0]) if alternative else []
    return nodes.While(ending(reader.span(node), statements, orelse), condition, statements, orelse)


@handles("for_statement")
def _for(reader: Reader, node: Cst) -> Stmt:
    left, right, body, *alternative = plain(node)
    target, iterable = expression(reader, left), expression(reader, right)
    statements = block(reader, body)
    orelse = body_of(reader, alternative[0]) if alternative else []
    span = ending(reader.span(node), statements, orelse)
    return nodes.For(span, target, iterable, statements, orelse, _is_async(node))


def _is_async(node: Cst) -> bool:
    return node.children[0].type == "async"


@handles("try_statement")
def _try(reader: Reader, node: Cst) -> Stmt:
    first, *clauses = plain(node)
    body = block(reader, first)
    handlers: list[nodes.Handler] = []
    orelse: list[Stmt] = []
    finalbody: list[Stmt] = []
    for clause in clauses:
        if clause.kind_id in _EXCEPT:
            handlers.append(_handler(reader, clause))
        elif clause.kind_id in _ELSE:
            orelse = body_of(reader, clause)
        else:
            finalbody = body_of(reader, clause)
    last = handlers[-1].body if handlers else []
    return nodes.Try(ending(reader.span(node), body, last, orelse, finalbody), body, handlers, orelse, finalbody)


def _handler(reader: Reader, node: Cst) -> nodes.Handler:
    *values, last = plain(node)
    body = block(reader, last)
    name = None
    if values and values[0].kind_id in _AS_PATTERN:
        value, alias = plain(values[0])
        values, name = [value], reader.identifier(alias)
    types = expressions(reader, values)
    caught = types[0] if types else None
    if len(types) > 1:
        caught = nodes.Sequence(covering(types[0].span, types[-1].span), "tuple", types)
    is_group = any(child.type == "*" for child in node.children)
    return nodes.Handler(ending(reader.span(node), body), caught, name, body, is_group)


@handles("with_statement")
def _with(reader: Reader, node: Cst) -> Stmt:
    clause, last = plain(node)
    items = [item for child in plain(clause) for item in _with_items(reader, plain(child)[0])]
    body = block(reader, last)
    return nodes.With(ending(reader.span(node), body), items, body, _is_async(node))


def _with_items(reader: Reader, value: Cst) -> list[nodes.WithItem]:
    """One item as a rule; several for a parenthesised list that the parser took for a tuple."""
    if value.kind_id in _AS_PATTERN:
        context, alias = plain(value)
        return [nodes.WithItem(reader.span(value), expression(reader, context), only(reader, alias))]
    if value.kind_id in _PARENTHESISED:
        inner = plain(value)
        if any(child.kind_id in _AS_PATTERN for child in inner):
            return [item for child in inner for item in _with_items(reader, child)]
    return [nodes.WithItem(reader.span(value), expression(reader, value), None)]


@handles("match_statement")
def _match(reader: Reader, node: Cst) -> Stmt:
    *subjects, last = plain(node)
    values = expressions(reader, subjects)
    subject = values[0]
    before_colon = tokens(node)[-3]
    if len(values) > 1 or before_colon.type == ",":
        subject = nodes.Sequence(covering(subject.span, reader.span(before_colon)), "tuple", values)
    cases = [_case(reader, child) for child in plain(last) if child.kind_id in _CASE]
    return nodes.Match(ending(reader.span(node), cases[-1].body if cases else []), subject, cases)


def _case(reader: Reader, node: Cst) -> nodes.Case:
    *patterns, last = plain(node)
    guard: Expr | None = None
    if patterns[-1].kind_id in _IF_CLAUSE:
        guard = only(reader, patterns.pop())
    pattern = Pattern(reader, patterns)
    is_sole = not any(child.type == "," for child in node.children)
    is_wildcard = is_sole and is_irrefutable(patterns[0])
    body = block(reader, last)
    span = ending(reader.span(node), body)
    return nodes.Case(span, pattern.binds, pattern.values, guard, body, is_wildcard)


@handles("function_definition", "class_definition")
def _definition(reader: Reader, node: Cst) -> Stmt:
    return _decorated(reader, node, node, [])


@handles("decorated_definition")
def _decorated_definition(reader: Reader, node: Cst) -> Stmt:
    *decorators, definition = plain(node)
    return _decorated(reader, node, definition, [only(reader, decorator) for decorator in decorators])


def _decorated(reader: Reader, whole: Cst, node: Cst, decorators: list[Expr]) -> Stmt:
    if node.kind_id in _FUNCTION:
        return _function(reader, whole, node, decorators)
    return _class(reader, whole, node, decorators)


def _function(reader: Reader, whole: Cst, node: Cst, decorators: list[Expr]) -> Stmt:
    name, *header, last = plain(node)
    params: list[nodes.Param] = []
    returns: Expr | None = None
    for child in header:
        if child.kind_id in _PARAMETERS:
            params = parameters(reader, child)
        elif child.kind_id in _TYPE:
            returns = only(reader, child)
    end = last_of(last) if reader.is_sound else None
    names = reader.identifier(name), reader.span(name)
    if end is not None:
        span, later = covering(reader.span(whole), reader.span(end)), nodes.Later(partial(block, reader, last))
        return nodes.FunctionDef(span, *names, params, returns, decorators, later, _is_async(node))
    mark = len(reader.broken)
    body = block(reader, last)
    if any(found.name is None for found in reader.broken[mark:]):
        del reader.broken[mark:]
        return reader.report(whole, definition_name(node))
    span = ending(reader.span(whole), body)
    return nodes.FunctionDef(span, *names, params, returns, decorators, body, _is_async(node))


def _class(reader: Reader, whole: Cst, node: Cst, decorators: list[Expr]) -> Stmt:
    name, *header, last = plain(node)
    bases: list[Expr] = []
    keywords: list[nodes.Keyword] = []
    for child in header:
        if child.kind_id in _ARGUMENT_LIST:
            bases, keywords = arguments_of(reader, child)
    body = block(reader, last)
    span = ending(reader.span(whole), body)
    return nodes.ClassDef(span, reader.identifier(name), reader.span(name), bases, keywords, decorators, body)
