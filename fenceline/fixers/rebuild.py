"""Making the new tree of one file out of the old one and the edits that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import libcst as cst

from fenceline.fixers.arguments import with_arguments
from fenceline.fixers.blocks import Added, Block, Item, Kept, Wrapped, Writer
from fenceline.fixers.positions import Container, Statement, Tree


@dataclass(slots=True, eq=False)
class Edits:
    """What was asked for: nodes with what replaces them, calls with further arguments, blocks that change."""

    nodes: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    arguments: dict[cst.CSTNode, list[cst.Arg]] = field(default_factory=dict)
    blocks: dict[cst.CSTNode, Block] = field(default_factory=dict)


def rebuilt(tree: Tree, edits: Edits) -> cst.Module:
    """The new tree; the old one is as it was."""
    new = tree.module.visit(_Rebuild(tree, edits))
    assert isinstance(new, cst.Module)
    return new


class _Rebuild(cst.CSTTransformer):
    def __init__(self, tree: Tree, edits: Edits) -> None:
        super().__init__()
        self.tree = tree
        self.edits = edits

    def on_leave(  # type: ignore[override] # what libcst declares is the union of all that any node may become
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> object:
        if original_node in self.edits.nodes:
            return self.edits.nodes[original_node]
        if original_node in self.edits.arguments:
            assert isinstance(updated_node, cst.Call)
            return with_arguments(updated_node, self.edits.arguments[original_node])
        block = self.edits.blocks.get(original_node)
        if block is not None:
            assert isinstance(original_node, Container)
            assert isinstance(updated_node, Container)
            return self._block(original_node, updated_node, block)
        return updated_node

    def _block(self, original: Container, updated: Container, block: Block) -> cst.CSTNode:
        split = _splits(self.tree, original, block)
        writer = Writer(_updated(self.tree, original, updated, split), self._indent(original))
        body: list[Statement] = writer.write(_joined(self.tree, block.items, split))
        if not body and not isinstance(updated, cst.Module):
            body = writer._led([cst.SimpleStatementLine([cst.Pass()])])  # noqa: SLF001
        if isinstance(updated, cst.SimpleStatementSuite):
            return cst.IndentedBlock(body, indent=self._indent(original), footer=writer.carried)
        return updated.with_changes(body=body, footer=[*writer.carried, *updated.footer])

    def _indent(self, container: Container) -> str | None:
        """What one level is here: as the nearest block around has it, for files that mix."""
        for one in (container, *self.tree.ancestors(container)):
            if isinstance(one, cst.IndentedBlock):
                return one.indent
        return None


def _splits(tree: Tree, container: Container, block: Block) -> set[cst.CSTNode]:
    """The lines with semicolons of which the statements do not all stand side by side any more, as they were."""
    if isinstance(container, cst.SimpleStatementSuite):
        return set()
    found: set[cst.CSTNode] = set()
    flat = _runs(block.items)
    for line in container.body:
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) > 1:
            handles = [tree.lines[small] for small in line.body]
            if not any(run[i : i + len(handles)] == handles for run in flat for i in range(len(run))):
                found.add(line)
    return found


def _runs(items: Sequence[Item]) -> list[list[Statement | None]]:
    """The statements of the file that are untouched, as they stand side by side."""
    here: list[Statement | None] = [
        item.statement if isinstance(item, Kept) and item.instead is None and not item.opened else None
        for item in items
    ]
    return [here, *(run for item in items if isinstance(item, Wrapped) for run in _runs(item.items))]


def _updated(
    tree: Tree, original: Container, updated: Container, split: set[cst.CSTNode]
) -> dict[cst.CSTNode, Statement]:
    if isinstance(original, cst.SimpleStatementSuite):
        assert isinstance(updated, cst.SimpleStatementSuite)
        lines = _lines(tree, original.body, updated.body)
        last = tree.lines[original.body[-1]]
        lines[last] = lines[last].with_changes(trailing_whitespace=updated.trailing_whitespace)
        return dict(lines)
    found: dict[cst.CSTNode, Statement] = {}
    for old, new in zip(original.body, updated.body, strict=True):
        assert isinstance(new, Statement)
        if old not in split:
            found[old] = new
            continue
        assert isinstance(old, cst.SimpleStatementLine)
        assert isinstance(new, cst.SimpleStatementLine)
        lines = _lines(tree, old.body, new.body)
        first, last = tree.lines[old.body[0]], tree.lines[old.body[-1]]
        lines[first] = lines[first].with_changes(leading_lines=new.leading_lines)
        lines[last] = lines[last].with_changes(trailing_whitespace=new.trailing_whitespace)
        found.update(lines)
    return found


def _lines(
    tree: Tree, old: Sequence[cst.BaseSmallStatement], new: Sequence[cst.BaseSmallStatement]
) -> dict[cst.CSTNode, cst.SimpleStatementLine]:
    """Each statement of a line on a line of its own."""
    return {
        tree.lines[one]: cst.SimpleStatementLine([other.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
        for one, other in zip(old, new, strict=True)
    }


def _joined(tree: Tree, items: Sequence[Item], split: set[cst.CSTNode]) -> list[Item]:
    """The items, with the statements of a line that stays whole as that line."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Wrapped):
            found.append(Wrapped(item.template, item.hole, _joined(tree, item.items, split)))
        elif isinstance(item, Added) or (line := _line_of(tree, item.statement)) is None or line in split:
            found.append(item)
        elif line.body[0] is tree.small[item.statement]:
            found.append(Kept(line))
    return found


def _line_of(tree: Tree, statement: Statement) -> cst.SimpleStatementLine | None:
    """The line that a statement shares with others."""
    above = tree.parents.get(tree.small[statement]) if statement in tree.small else None
    return above if isinstance(above, cst.SimpleStatementLine) else None
