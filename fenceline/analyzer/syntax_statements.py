"""Statements: from the concrete syntax tree to the small one."""

from __future__ import annotations

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr, Span, Stmt
from fenceline.analyzer.syntax_blocks import Converter, handles
from fenceline.analyzer.syntax_dispatch import covering, expression, expressions, only
from fenceline.analyzer.syntax_reader import Cst, Reader, kinds, plain, tokens

_EXPRESSION_LIST = kinds("expression_list")
_ASSIGNMENT = kinds("assignment")
_TYPE = kinds("type")
_ALIASED = kinds("aliased_import")
_RELATIVE = kinds("relative_import")
_GENERIC = kinds("generic_type")
_MEMBER = kinds("member_type", "attribute")
_PARENTHESISED = kinds("parenthesized_expression", "tuple")
_IDENTIFIER = kinds("identifier")


@handles("expression_statement")
def _expression_statement(reader: Reader, node: Cst) -> Stmt:
    children = node.named_children
    inner = children[0]
    if len(children) == 1 and node.child_count == 1:
        special = _SPECIAL.get(inner.kind_id)
        return special(reader, inner) if special else nodes.ExprStmt(reader.span(node), expression(reader, inner))
    span = reader.span(node)
    return nodes.ExprStmt(span, nodes.Sequence(span, "tuple", expressions(reader, children)))


def _assignment(reader: Reader, node: Cst) -> Stmt:
    targets: list[Expr] = []
    value, annotation = None, None
    current: Cst | None = node
    while current is not None and current.kind_id in _ASSIGNMENT:
        target, *rest = plain(current)
        targets.append(expression(reader, target))
        if rest and rest[0].kind_id in _TYPE:
            annotation = only(reader, rest.pop(0))
        current = rest[0] if rest else None
    if current is not None:
        value = expression(reader, current)
    return nodes.Assign(reader.span(node), targets, value, annotation)


def _augmented_assignment(reader: Reader, node: Cst) -> Stmt:
    target, op, value = tokens(node)
    span = reader.span(node)
    return nodes.AugAssign(span, expression(reader, target), op.type[:-1], expression(reader, value))


_SPECIAL: dict[int, Converter] = {
    **dict.fromkeys(_ASSIGNMENT, _assignment),
    **dict.fromkeys(kinds("augmented_assignment"), _augmented_assignment),
}


@handles("return_statement")
def _return(reader: Reader, node: Cst) -> Stmt:
    values = expressions(reader, node.named_children)
    return nodes.Return(reader.span(node), values[0] if values else None)


@handles("raise_statement")
def _raise(reader: Reader, node: Cst) -> Stmt:
    children = plain(node)
    cause = expression(reader, children.pop()) if node.child_by_field_name("cause") else None
    value = expression(reader, children[0]) if children else None
    return nodes.Raise(reader.span(node), value, cause)


@handles("assert_statement")
def _assert(reader: Reader, node: Cst) -> Stmt:
    test, *message = expressions(reader, node.named_children)
    return nodes.Assert(reader.span(node), test, message[0] if message else None)


@handles("delete_statement")
def _delete(reader: Reader, node: Cst) -> Stmt:
    children = plain(node)
    if children[0].kind_id in _EXPRESSION_LIST:
        children = plain(children[0])
    return nodes.Delete(reader.span(node), expressions(reader, children))


@handles("pass_statement")
def _pass(reader: Reader, node: Cst) -> Stmt:
    return nodes.Pass(reader.span(node))


@handles("break_statement")
def _break(reader: Reader, node: Cst) -> Stmt:
    return nodes.Break(reader.span(node))


@handles("continue_statement")
def _continue(reader: Reader, node: Cst) -> Stmt:
    return nodes.Continue(reader.span(node))


@handles("global_statement", "nonlocal_statement")
def _scope(reader: Reader, node: Cst) -> Stmt:
    names = [reader.identifier(child) for child in plain(node)]
    return nodes.Scope(reader.span(node), node.children[0].type, names)


@handles("print_statement", "exec_statement")
def _old_statement(reader: Reader, node: Cst) -> Stmt:
    """Python 2's ``print`` and ``exec``."""
    written = [only(reader, child) if child.type == "chevron" else expression(reader, child) for child in plain(node)]
    children: list[nodes.Node] = list(written)
    return nodes.Unknown(reader.span(node), node.type.removesuffix("_statement"), children)


@handles("type_alias_statement")
def _type_alias(reader: Reader, node: Cst) -> Stmt:
    """``type X[T] = value`` assigns to X; the grammar takes ``type(x).y = value`` for one, too."""
    left, value = plain(node)
    name = plain(left)[0]
    if name.kind_id in _GENERIC:
        name = plain(name)[0]
    if name.kind_id in _IDENTIFIER:
        target = expression(reader, name)
    else:
        target = _on_type_call(reader, reader.span(node.children[0]), left)
    return nodes.Assign(reader.span(node), [target], only(reader, value))


def _on_type_call(reader: Reader, start: Span, node: Cst) -> Expr:
    """What hangs on a call of ``type`` of which the grammar has made a keyword."""
    first, *rest = plain(node)
    span = covering(start, reader.span(node))
    if node.kind_id in _TYPE:
        return _on_type_call(reader, start, first)
    if node.kind_id in _PARENTHESISED:
        return nodes.Call(span, nodes.Name(start, "type"), expressions(reader, [first, *rest]), [])
    if node.kind_id in _MEMBER and rest:
        return nodes.Attribute(span, _on_type_call(reader, start, first), reader.identifier(rest[0]))
    return nodes.Unknown(span, node.type, [_on_type_call(reader, start, first), *expressions(reader, rest)])


@handles("import_statement")
def _import(reader: Reader, node: Cst) -> Stmt:
    return nodes.Import(reader.span(node), [_alias(reader, child) for child in plain(node)])


@handles("import_from_statement")
def _import_from(reader: Reader, node: Cst) -> Stmt:
    module, *names = plain(node)
    level = 0
    path = "" if module.kind_id in _RELATIVE else _dotted(reader, module)
    if module.kind_id in _RELATIVE:
        prefix, *rest = plain(module)
        level = reader.text(prefix).count(".")
        path = _dotted(reader, rest[0]) if rest else ""
    return nodes.ImportFrom(reader.span(node), path, [_alias(reader, name) for name in names], level)


@handles("future_import_statement")
def _future_import(reader: Reader, node: Cst) -> Stmt:
    return nodes.ImportFrom(reader.span(node), "__future__", [_alias(reader, name) for name in plain(node)], 0)


def _alias(reader: Reader, node: Cst) -> nodes.Alias:
    if node.kind_id not in _ALIASED:
        return nodes.Alias(reader.span(node), _dotted(reader, node), None)
    name, asname = plain(node)
    return nodes.Alias(reader.span(node), _dotted(reader, name), reader.identifier(asname))


def _dotted(reader: Reader, node: Cst) -> str:
    """A dotted name, or the star of a star import."""
    parts = plain(node)
    return ".".join(reader.identifier(part) for part in parts) if parts else reader.text(node)
