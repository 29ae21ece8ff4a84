"""Expressions: from the concrete syntax tree to the small one."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr
from fenceline.analyzer.syntax_dispatch import (
    Converter,
    converts,
    covering,
    expression,
    expressions,
    only,
    star_outside,
)
from fenceline.analyzer.syntax_literals import number_value
from fenceline.analyzer.syntax_reader import EXTRAS, Cst, Reader, kinds, plain, tokens

_KEYWORD_ARGUMENT = kinds("keyword_argument")
_DICTIONARY_SPLAT = kinds("dictionary_splat")
_ARGUMENT_LIST = kinds("argument_list")
_CONDITION = kinds("if_clause")
_LAMBDA_PARAMETERS = kinds("lambda_parameters")
_BINARY = kinds("binary_operator")
_TYPE = kinds("type")
_UNION = kinds("union_type")
_BOOLEAN = kinds("boolean_operator")
_PAIR = kinds("pair")


@converts("identifier")
def _name(reader: Reader, node: Cst) -> Expr:
    return nodes.Name(reader.span(node), reader.identifier(node))


@converts("attribute", "member_type")
def _attribute(reader: Reader, node: Cst) -> Expr:
    children = node.named_children
    if len(children) != 2:
        children = plain(node)
    value, attr = children
    inner = expression(reader, value)
    found = nodes.Attribute(reader.span(node), inner, reader.identifier(attr))
    return found if type(inner) is not nodes.Starred else star_outside(found, "value")


@converts("call")
def _call(reader: Reader, node: Cst) -> Expr:
    children = node.named_children
    if len(children) != 2:
        children = plain(node)
    func, arguments = children
    span = reader.span(node)
    function = expression(reader, func)
    if arguments.kind_id in _ARGUMENT_LIST:
        found = nodes.Call(span, function, *arguments_of(reader, arguments))
    else:
        found = nodes.Call(span, function, [expression(reader, arguments)], [])
    return found if type(function) is not nodes.Starred else star_outside(found, "func")


def arguments_of(reader: Reader, node: Cst) -> tuple[list[Expr], list[nodes.Keyword]]:
    """The positional and the keyword arguments of a call or of a class."""
    args: list[Expr] = []
    keywords: list[nodes.Keyword] = []
    for child in node.named_children:
        kind = child.kind_id
        if kind in _KEYWORD_ARGUMENT:
            keywords.append(_keyword(reader, child))
        elif kind in _DICTIONARY_SPLAT:
            keywords.append(nodes.Keyword(reader.span(child), None, only(reader, child)))
        elif kind not in EXTRAS:
            args.append(expression(reader, child))
    return args, keywords


def _keyword(reader: Reader, node: Cst) -> nodes.Keyword:
    name, value = plain(node)
    return nodes.Keyword(reader.span(node), reader.identifier(name), expression(reader, value))


@converts("list_splat", "list_splat_pattern", "splat_type")
def _starred(reader: Reader, node: Cst) -> Expr:
    return nodes.Starred(reader.span(node), only(reader, node))


@converts("await")
def _await(reader: Reader, node: Cst) -> Expr:
    return nodes.Await(reader.span(node), only(reader, node))


@converts("yield")
def _yield(reader: Reader, node: Cst) -> Expr:
    is_from = any(child.type == "from" for child in node.children)
    value = plain(node)
    return nodes.Yield(reader.span(node), expression(reader, value[0]) if value else None, is_from)


@converts("comparison_operator")
def _compare(reader: Reader, node: Cst) -> Expr:
    children = tokens(node)
    left, *comparators = expressions(reader, children[::2])
    ops = ["!=" if child.type == "<>" else child.type for child in children[1::2]]
    return star_outside(nodes.Compare(reader.span(node), left, ops, comparators), "left")


@converts("boolean_operator")
def _boolean(reader: Reader, node: Cst) -> Expr:
    span = reader.span(node)
    left, op, right = tokens(node)
    operator = op.type
    values = [right]
    while left.kind_id in _BOOLEAN:
        inner, op, right = tokens(left)
        if op.type != operator:
            break
        values.append(right)
        left = inner
    values.append(left)
    first, *others = expressions(reader, values[::-1])
    if isinstance(first, nodes.Starred):
        within = covering(first.value.span, span)
        return nodes.Starred(span, nodes.BoolOp(within, operator, [first.value, *others]))
    return nodes.BoolOp(span, operator, [first, *others])


@converts("not_operator")
def _not(reader: Reader, node: Cst) -> Expr:
    return nodes.UnaryOp(reader.span(node), "not", only(reader, node))


@converts("unary_operator")
def _unary(reader: Reader, node: Cst) -> Expr:
    return nodes.UnaryOp(reader.span(node), node.children[0].type, only(reader, node))


@converts("binary_operator")
def _binary(reader: Reader, node: Cst) -> Expr:
    left, op, right = tokens(node)
    found = nodes.BinOp(reader.span(node), expression(reader, left), op.type, expression(reader, right))
    return star_outside(found, "left")


@converts("conditional_expression")
def _conditional(reader: Reader, node: Cst) -> Expr:
    body, test, orelse = expressions(reader, node.named_children)
    return star_outside(nodes.IfExp(reader.span(node), test, body, orelse), "body")


@converts("named_expression")
def _named(reader: Reader, node: Cst) -> Expr:
    name, value = plain(node)
    target = nodes.Name(reader.span(name), reader.identifier(name))
    return nodes.NamedExpr(reader.span(node), target, expression(reader, value))


@converts("subscript")
def _subscript(reader: Reader, node: Cst) -> Expr:
    value = expression(reader, plain(node)[0])
    return star_outside(nodes.Subscript(reader.span(node), value, _index(reader, node)), "value")


def _index(reader: Reader, node: Cst) -> Expr:
    """What is in the brackets; several indices, one with a comma after it or one with a star are a tuple."""
    inner = tokens(node)
    start = next(i for i, child in enumerate(inner) if child.type == "[") + 1
    indices = [expression(reader, child) for child in inner[start:-1] if child.is_named]
    last = inner[-2]
    if len(indices) > 1 or last.type == "," or isinstance(indices[0], nodes.Starred):
        return nodes.Sequence(covering(indices[0].span, reader.span(last)), "tuple", indices)
    return indices[0]


@converts("slice")
def _slice(reader: Reader, node: Cst) -> Expr:
    parts: list[Expr | None] = [None, None, None]
    position = 0
    for child in tokens(node):
        if child.type == ":":
            position += 1
        else:
            parts[position] = expression(reader, child)
    return nodes.Slice(reader.span(node), *parts)


def _sequence(kind: str) -> Converter:
    def convert(reader: Reader, node: Cst) -> Expr:
        return nodes.Sequence(reader.span(node), kind, expressions(reader, node.named_children))

    return convert


@converts("tuple_pattern")
def _tuple_pattern(reader: Reader, node: Cst) -> Expr:
    """``(a) = 1`` has parentheses around a name, not a tuple."""
    inner = tokens(node)
    if len(inner) == 3:
        return expression(reader, inner[1])
    return nodes.Sequence(reader.span(node), "tuple", expressions(reader, node.named_children))


@converts("dictionary")
def _mapping(reader: Reader, node: Cst) -> Expr:
    items: list[tuple[Expr | None, Expr]] = []
    for child in plain(node):
        if child.kind_id in _PAIR:
            key, value = expressions(reader, child.named_children)
            items.append((key, value))
        else:
            items.append((None, only(reader, child)))
    return nodes.Mapping(reader.span(node), items)


def _comprehension(kind: str) -> Converter:
    def convert(reader: Reader, node: Cst) -> Expr:
        element, *clauses = plain(node)
        generators: list[nodes.Generator] = []
        for clause in clauses:
            if clause.kind_id in _CONDITION:
                generators[-1].conditions.append(only(reader, clause))
            else:
                generators.append(_generator(reader, clause))
        return nodes.Comprehension(reader.span(node), kind, expression(reader, element), generators)

    return convert


@converts("pair")
def _pair(reader: Reader, node: Cst) -> Expr:
    return nodes.Sequence(reader.span(node), "tuple", expressions(reader, node.named_children))


def _generator(reader: Reader, node: Cst) -> nodes.Generator:
    target, *iterables = expressions(reader, node.named_children)
    iterable = iterables[0]
    if len(iterables) > 1:
        iterable = nodes.Sequence(covering(iterable.span, iterables[-1].span), "tuple", iterables)
    is_async = node.children[0].type == "async"
    return nodes.Generator(reader.span(node), target, iterable, [], is_async)


@converts("lambda")
def _lambda(reader: Reader, node: Cst) -> Expr:
    children = plain(node)
    params = parameters(reader, children[0]) if children[0].kind_id in _LAMBDA_PARAMETERS else []
    return nodes.Lambda(reader.span(node), params, expression(reader, children[-1]))


def parameters(reader: Reader, node: Cst) -> list[nodes.Param]:
    """The parameters of a function or a lambda; a parameter's span covers stars, annotation and default."""
    params: list[nodes.Param] = []
    kind = "positional"
    for child in plain(node):
        if child.type == "keyword_separator":
            kind = "keyword"
        elif child.type != "positional_separator":
            params.append(_parameter(reader, child, kind))
            kind = "keyword" if params[-1].kind == "args" else kind
    return params


_STARS = {"list_splat_pattern": "args", "dictionary_splat_pattern": "kwargs"}


def _parameter(reader: Reader, node: Cst, kind: str) -> nodes.Param:
    annotation = node.child_by_field_name("type")
    default = node.child_by_field_name("value")
    name = node
    while name.type != "identifier" and name.named_child_count:
        kind = _STARS.get(name.type, kind)
        if name.type == "tuple_pattern":
            break
        name = plain(name)[0]
    return nodes.Param(
        reader.span(node),
        reader.identifier(name),
        expression(reader, annotation) if annotation else None,
        expression(reader, default) if default else None,
        kind,
    )


def _literal(value: object) -> Converter:
    def convert(reader: Reader, node: Cst) -> Expr:
        return nodes.Literal(reader.span(node), value)

    return convert


@converts("integer", "float")
def _number(reader: Reader, node: Cst) -> Expr:
    return nodes.Literal(reader.span(node), number_value(reader.text(node)))


@converts("generic_type")
def _generic_type(reader: Reader, node: Cst) -> Expr:
    value, arguments = plain(node)
    return nodes.Subscript(reader.span(node), _name(reader, value), _index(reader, arguments))


@converts("union_type")
def _union_type(reader: Reader, node: Cst) -> Expr:
    """``a | b | c`` from the left, as Python has it; the grammar nests it anyhow."""
    first, *others = _alternatives(node)
    start, found = reader.span(first), expression(reader, first)
    for other in others:
        found = nodes.BinOp(covering(start, reader.span(other)), found, "|", expression(reader, other))
    return found


def _alternatives(node: Cst) -> Iterator[Cst]:
    if node.kind_id in _TYPE:
        yield from _alternatives(plain(node)[0])
    elif node.kind_id in _UNION or (node.kind_id in _BINARY and tokens(node)[1].type == "|"):
        for operand in plain(node):
            yield from _alternatives(operand)
    else:
        yield node


for _kind, _value in {"true": True, "false": False, "none": None, "ellipsis": ...}.items():
    converts(_kind)(_literal(_value))
for _kind in ("list", "set", "tuple"):
    converts(_kind)(_sequence(_kind))
converts("expression_list", "tuple_expression", "pattern_list")(_sequence("tuple"))
converts("list_pattern")(_sequence("list"))
converts("list_comprehension")(_comprehension("list"))
converts("set_comprehension")(_comprehension("set"))
converts("dictionary_comprehension")(_comprehension("dict"))
converts("generator_expression")(_comprehension("generator"))
