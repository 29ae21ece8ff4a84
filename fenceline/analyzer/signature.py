"""What makes two sliced programs one: the same ops, guards and values, whatever their names are numbered."""

from __future__ import annotations

import re

from fenceline.analyzer import ir

_NUMBER = re.compile(r"#\d+")


def signature_of(program: ir.Program) -> str:
    """Equal for two programs that the explorer cannot tell apart but for the numbers in their names."""
    parts: list[str] = []
    _tell(program.body, parts)
    parts.append(repr(sorted(program.equal_args)))
    parts.append(f"{sorted(program.faults)} {sorted(map(repr, program.leases))}")
    parts.extend(f"{one.span}{one.path}" for one in (*program.candidate_reads, *program.candidate_acts))
    seen: dict[str, str] = {}
    return _NUMBER.sub(lambda match: seen.setdefault(match.group(), f"#{len(seen)}"), "\n".join(parts))


def _tell(item: ir.Tree, parts: list[str]) -> None:
    match item:
        case ir.Seq(items=items):
            parts.append("(")
            for one in items:
                _tell(one, parts)
            parts.append(")")
        case ir.Atomic():
            parts.append(
                f"{item.path}:{item.span.line}:{item.span.column} {item.steps} {item.row_locks} {item.row_lock_mode}"
            )
        case ir.Send(values=values) | ir.External(values=values):
            parts.append(f"{item.path}:{item.span.line}:{item.span.column} {item.what} {values}")
        case ir.Acquire():
            parts.append(f"acquire {item.lock} {item.mode} {item.bind} {item.scope} {item.conflict} {item.lease}")
        case ir.Op():
            parts.append(f"{type(item).__name__} {item.path}:{item.span.line}:{item.span.column}")
        case ir.Let() | ir.Raise() | ir.Break() | ir.Continue():
            parts.append(repr(item) if not isinstance(item, ir.Let) else f"let {item.bind} {item.value}")
        case ir.Return(value=value):
            parts.append(f"return {value}")
        case ir.Branch(guard=guard, then=then, orelse=orelse):
            parts.append(f"if {guard}")
            _tell(then, parts)
            _tell(orelse, parts)
        case ir.Loop(body=body, kind=kind):
            parts.append(f"loop {kind}")
            _tell(body, parts)
        case ir.Tx(body=body, isolation=isolation):
            parts.append(f"tx {isolation}")
            _tell(body, parts)
        case ir.Frame(body=body, is_atomic=is_atomic):
            parts.append("atomic frame" if is_atomic else "frame")
            _tell(body, parts)
        case ir.Try():
            parts.append("try")
            for one in (item.body, item.orelse, item.final):
                _tell(one, parts)
            for handler in item.handlers:
                parts.append(f"except {handler.classes}")
                _tell(handler.body, parts)
