"""Rewriting the text of one file, addressed by the places that the analysis speaks of.

Edits are recorded and done at once in :meth:`Code.text`; what no edit names stays as it is, byte for byte.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

import libcst as cst

from fenceline.analyzer.nodes import Span
from fenceline.analyzer.source import Source
from fenceline.fixers import templates
from fenceline.fixers.blocks import Block, Kept, block_for
from fenceline.fixers.fixer import Refused
from fenceline.fixers.import_blocks import with_import, without_imports
from fenceline.fixers.imports import Wanted, spelled, wanted
from fenceline.fixers.positions import Statement, read, walk
from fenceline.fixers.rebuild import Edits, rebuilt
from fenceline.fixers.scopes import taken
from fenceline.fixers.templates import Filling, as_statement, comments_of

Node = TypeVar("Node", bound=cst.CSTNode)
_BODY = "_hole_of_fenceline_body"


class Code:
    """One file while it is rewritten. ``package`` is the top-level package that it belongs to: its imports are "own".

    Statements are always such as have a line of their own (:meth:`statement_of` gives them); where in the file they
    share one, or stand behind a colon, the line is parted when they are edited.
    """

    def __init__(self, text: str, package: str = "") -> None:
        self.tree = read(text)
        self.module = self.tree.module
        self.package = package
        self._edits = Edits()
        self._touched: dict[cst.CSTNode, None] = {}
        self._gone: set[cst.CSTNode] = set()
        self._imports: list[Wanted] = []
        self._dropped: set[str] = set()
        self._names: set[str] = set()

    @classmethod
    def of(cls, source: Source, package: str = "") -> Code:
        """The code of a source file."""
        return cls(source.text, package)

    # --------------------------------------------------------------- looking

    def node_at(self, span: Span, *types: type[Node]) -> Node:
        """The outermost node with exactly that span, of one of these types if any are given."""
        for node in self.tree.at.get(span, ()):
            if not types or isinstance(node, types):
                return node  # type: ignore[return-value] # without types it is any node
        raise Refused(f"nothing that can be rewritten is at {span.line}:{span.column}")

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that holds it."""
        return self.tree.parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around it, the nearest first."""
        return self.tree.ancestors(node)

    def statement_of(self, node: cst.CSTNode) -> Statement:
        """The statement that the node is in; an ``elif`` counts to the first ``if`` of its chain."""
        return self.tree.statement_of(node)

    def block_of(self, statement: cst.CSTNode) -> list[Statement]:
        """The statement and its siblings, in order."""
        return list(self.tree.siblings[self.tree.container_of(statement)])

    def function_of(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The innermost function that the node is in."""
        return next((one for one in self.ancestors(node) if isinstance(one, cst.FunctionDef)), None)

    def span_of(self, node: cst.CSTNode) -> Span:
        """Where the node stands in the file as it was read."""
        if node not in self.tree.spans:
            raise Refused("the node is none of this file")
        return self.tree.spans[node]

    def source(self, node: cst.CSTNode) -> str:
        """The text of a node as it is in the file, without the lines above a statement."""
        return self.module.code_for_node(
            node.with_changes(leading_lines=[]) if hasattr(node, "leading_lines") else node
        )

    # --------------------------------------------------------------- editing

    def replace(self, node: cst.CSTNode, new: cst.CSTNode | Sequence[cst.CSTNode] | str) -> None:
        """Put something else in the place of a node: an expression, an argument, a statement or several of them.

        A statement's comments stay; parentheses are added where they are needed.
        """
        if isinstance(new, str):
            new = cst.parse_expression(new)
        if isinstance(node, cst.Arg | cst.Expr) and isinstance(new, cst.BaseExpression):
            node = node.value
        if isinstance(node, Statement) or isinstance(new, Statement | Sequence):
            self._replace_statement(node, [new] if isinstance(new, cst.CSTNode) else list(new))
            return
        self._claim(node)
        self._edits.nodes[node] = self._fitted(node, new)

    def _fitted(self, node: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNode:
        match node, new:
            case cst.BaseExpression(), cst.BaseExpression():
                return templates.placed(new, self.parent(node), node, is_bracketed=self._is_bracketed(node))
            case cst.BaseSmallStatement(), cst.BaseSmallStatement():
                return new.with_changes(semicolon=node.semicolon)
            case cst.Arg(), cst.Arg():
                return new.with_changes(comma=node.comma, whitespace_after_arg=node.whitespace_after_arg)
        if type(node) is not type(new):
            raise Refused("the one cannot stand where the other does")
        return new

    def _is_bracketed(self, node: cst.CSTNode) -> bool:
        """Whether a bracket is open where the node stands, so that it may span lines."""
        below = node
        for one in self.ancestors(node):
            if isinstance(one, cst.Arg | cst.BaseElement | cst.BaseDictElement | cst.SubscriptElement | cst.Param):
                return True
            if isinstance(one, cst.BaseStatement | cst.BaseSmallStatement | cst.BaseSuite):
                return False
            if isinstance(one, cst.BaseExpression) and one.lpar and below is not one:
                return True
            below = one
        return False

    def _replace_statement(self, node: cst.CSTNode, new: list[cst.CSTNode], *, moved: bool = False) -> None:
        statement = self.statement_of(node)
        self._claim(statement)
        items, position = self._block(statement).place_of(statement)
        items[position] = Kept(statement, [as_statement(one) for one in new], moved=moved)

    def remove(self, statement: cst.CSTNode) -> None:
        """Take a statement away; its comments stay, and ``pass`` where nothing else is left."""
        self._replace_statement(statement, [])

    def take(self, statement: cst.CSTNode) -> Statement:
        """Take a statement away with its comments, and give it back to be put elsewhere."""
        line = self.statement_of(statement)
        self._replace_statement(line, [], moved=True)
        return line.with_changes(leading_lines=[one for one in line.leading_lines if one.comment is not None])

    def insert_before(self, statement: cst.CSTNode, *new: cst.CSTNode) -> None:
        """Put statements above one, and above its comments; before a later :meth:`wrap` they stay outside of it."""
        line = self.statement_of(statement)
        self._touch(line)
        self._block(line).insert(line, [as_statement(one) for one in new], after=False)

    def insert_after(self, statement: cst.CSTNode, *new: cst.CSTNode) -> None:
        """Put statements below one."""
        line = self.statement_of(statement)
        self._touch(line)
        self._block(line).insert(line, [as_statement(one) for one in new], after=True)

    def wrap(self, first: cst.CSTNode, last: cst.CSTNode, header: str, **nodes: Filling) -> None:
        """Put the statements first to last under a header: ``with transaction.atomic():``.

        A header of several clauses says with ``{body}``, on a line of its own, where they go: ``try:``,
        ``{body}``, ``finally:``, what it does. Blank lines above the first stay above the header, comments go inside.
        """
        text = header if "{body}" in header else header.rstrip() + "\n    {body}"
        template = self.statements(text, body=cst.Expr(cst.Name(_BODY)), **nodes)
        start, end = self.statement_of(first), self.statement_of(last)
        self._check_async(template, start)
        block = self._block(start)
        for one in self.block_of(start):
            if self.tree.spans[start].line <= self.tree.spans[one].line <= self.tree.spans[end].line:
                self._touch(one)
        block.wrap(start, end, template, _BODY)

    def _check_async(self, template: list[Statement], at: cst.CSTNode) -> None:
        is_async = any(getattr(one, "asynchronous", None) is not None for whole in template for one in walk(whole))
        function = self.function_of(at)
        if is_async and (function is None or function.asynchronous is None):
            raise Refused("an async statement is only possible in an async function")

    def unwrap(self, compound: cst.CSTNode) -> None:
        """Put the body of a ``with`` (or of an ``if`` without ``else``) in its place; the comments stay."""
        match compound:
            case cst.With(body=body) | cst.If(body=body, orelse=None):
                statement = self.statement_of(compound)
                if statement is not compound:
                    raise Refused("an elif cannot be opened")
            case _:
                raise Refused("only a with or an if without else can be opened")
        self._touch(statement)
        items, position = self._block(statement).place_of(statement)
        items[position] = Kept(statement, opened=True)
        self._edits.blocks.setdefault(body, block_for(self.tree, body))  # type: ignore[arg-type] # a body is a suite

    def add_arguments(self, call: cst.Call, arguments: str, **nodes: Filling) -> None:
        """Further arguments for a call (``"nx=True, ex={seconds}"``), laid out as those that it has."""
        parsed = self.expression(f"_({arguments})", **nodes)
        assert isinstance(parsed, cst.Call)
        known = [*call.args, *self._edits.arguments.get(call, ())]
        present = {arg.keyword.value for arg in known if arg.keyword is not None}
        if any(arg.keyword is not None and arg.keyword.value in present for arg in parsed.args):
            raise Refused("the call already has that argument")
        self._touch(call)
        self._edits.arguments.setdefault(call, []).extend(parsed.args)

    def _block(self, statement: Statement) -> Block:
        container = self.tree.container_of(statement)
        return self._edits.blocks.setdefault(container, block_for(self.tree, container))

    def _touch(self, node: cst.CSTNode) -> None:
        """Note an edit; nothing may be edited in what is replaced."""
        around = (node, *self.ancestors(self.tree.small.get(node, node)))
        if any(one in self._gone for one in around):
            raise Refused("the edits overlap")
        self._touched[node] = None

    def _claim(self, node: cst.CSTNode) -> None:
        """Note that a node is replaced; nothing in it may be edited."""
        self._touch(node)
        inside = set(walk(self.tree.small.get(node, node)))
        if any(one is not node and one in inside for one in self._touched):
            raise Refused("the edits overlap")
        self._gone.add(node)
        self._gone.add(self.tree.small.get(node, node))

    # ---------------------------------------------------------------- pieces

    def expression(self, template: str, **nodes: Filling) -> cst.BaseExpression:
        """An expression with ``{name}`` holes for nodes, or for expressions as text."""
        return templates.expression(template, nodes)

    def statements(self, template: str, **nodes: Filling) -> list[Statement]:
        """Statements, four spaces a level; a hole that is a statement may take several."""
        return templates.statements(template, nodes, self.module.default_newline)

    def fresh_name(self, base: str, at: cst.CSTNode | None = None) -> str:
        """A name that occurs nowhere in the module; ``at`` says where it is for, and changes nothing."""
        del at
        names = taken(self.module) | self._names | {one.bound for one in self._imports}
        found = next(one for one in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if one not in names)
        self._names.add(found)
        return found

    # --------------------------------------------------------------- names of other modules

    def imported(self, module: str, name: str | None = None, at: cst.CSTNode | None = None) -> str:
        """How a name of a module, or the module, is called at that place; it is imported if it is not yet."""
        found = spelled(self.tree, module, name, at)
        if found is not None:
            return found
        new = wanted(self.tree, module, name, at, self._imports)
        if new not in self._imports:
            self._imports.append(new)
        return new.spelling

    def add_top_level(self, template: str, before: cst.CSTNode, **nodes: Filling) -> None:
        """Put definitions before the statement of the module that the node is in, set apart as that one is."""
        statement = self.statement_of(before)
        while self.parent(statement) is not self.module:
            above = self.parent(statement)
            assert above is not None
            statement = self.statement_of(above)
        self._touch(statement)
        self._block(statement).define(statement, self.statements(template, **nodes))

    def dropped(self, *names: str) -> None:
        """Names of which the import goes if they were used and are not any more."""
        self._dropped.update(names)

    # ---------------------------------------------------------------- result

    def text(self) -> str:
        """The new text; refused when it is the old one, cannot be parsed, or has lost a comment."""
        module = rebuilt(self.tree, self._edits)
        for new in self._imports:
            module = with_import(module, new, self.package)
        module = without_imports(module, self.module, self._dropped)
        text = module.code
        if text == self.tree.text:
            raise Refused("nothing would change")
        _check(self.tree.text, text)
        if Counter(comments_of(self.module)) - Counter(comments_of(cst.parse_module(text))):
            raise Refused("a comment would be lost")
        return text


def _check(old: str, new: str) -> None:
    """Raises :class:`Refused` unless the new text is as good Python as the old one."""
    try:
        cst.parse_module(new)
        if _compiles(old) and not _compiles(new):
            raise Refused("the result does not compile")
    except (cst.ParserSyntaxError, RecursionError) as error:
        raise Refused("the result cannot be parsed") from error


def _compiles(text: str) -> bool:
    """Whether this Python compiles it; the text may be newer than this Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<text>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True
