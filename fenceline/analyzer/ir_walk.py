"""Walks over effect trees."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir


def outer_transactions(seq: ir.Seq) -> list[ir.Tx]:
    """The blocks in a tree that are transactions and not inside another, in order."""
    found: list[ir.Tx] = []
    for item in seq.items:
        match item:
            case ir.Tx():
                found.append(item)
            case ir.Seq():
                found += outer_transactions(item)
            case ir.Branch(then=then, orelse=orelse):
                found += [*outer_transactions(then), *outer_transactions(orelse)]
            case ir.Loop(body=body) | ir.Frame(body=body):
                found += outer_transactions(body)
            case ir.Try(body=body, handlers=handlers, orelse=orelse, final=final):
                for one in (body, *(handler.body for handler in handlers), orelse, final):
                    found += outer_transactions(one)
            case _:
                pass
    return found


def ops_in(seq: ir.Seq) -> list[ir.Op]:
    """The operations in a tree, in no particular order."""
    found: list[ir.Op] = []
    todo: list[object] = [seq]
    while todo:
        item = todo.pop()
        match item:
            case ir.Op():
                found.append(item)
            case ir.Seq(items=items):
                todo.extend(items)
            case ir.Branch(then=then, orelse=orelse):
                todo += [then, orelse]
            case ir.Loop(body=body) | ir.Tx(body=body) | ir.Frame(body=body):
                todo.append(body)
            case ir.Try(body=body, handlers=handlers, orelse=orelse, final=final):
                todo += [body, orelse, final, *(one.body for one in handlers)]
            case _:
                pass
    return found


def cells_of(op: ir.Op) -> Iterator[ir.Cell]:
    """Every cell that an operation reads, asks for or changes."""
    for step in op.steps if isinstance(op, ir.Atomic) else ():
        if isinstance(step, ir.CompareAndSet):
            yield from (cell for cell, _ in (*step.expect, *step.writes))
        else:
            yield step.cell
