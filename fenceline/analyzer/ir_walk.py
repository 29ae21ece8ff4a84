"""Walks over effect trees."""

from __future__ import annotations

from fenceline.analyzer import ir


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
