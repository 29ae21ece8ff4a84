"""Scripts that the store runs: one that is known is what it does, at one moment; of others, what their text tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.explore_code import leaves_of
from fenceline.analyzer.inlining import run_body
from fenceline.analyzer.kv_commands import Command, cell_of, keys_of, kv_command, queue_of
from fenceline.analyzer.kv_scripts import script_steps
from fenceline.analyzer.lower_state import Arguments, Call
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.names import ModuleInfo, index_module
from fenceline.analyzer.scripts import Script
from fenceline.analyzer.source import source_from_text
from fenceline.analyzer.syntax import parse
from fenceline.analyzer.values import Closure, Data, Instance, Items, Value, term_of


def _script(low: Lowering, call: Call) -> Value:
    """A Lua script happens at one moment: what it does to its KEYS is read from its text where that is known."""
    keys, arguments = _script_parts(call)
    text = _text_of(call)
    known = _known(low, call, text, keys, arguments)
    if known is not None:
        return _at_one_moment(low, call, known, [_client_of(call), *keys, *arguments])
    bind = low.fresh("v")
    cells = [cell_of(low, call, key) for key in keys]
    steps = script_steps(text, cells, arguments, bind)
    result = Data(ir.Apply("script", (ir.Var(bind),)))
    if not steps:
        return result
    return kv_command(low, call, Command("kv.script", steps, keys[0], None, result))


def _text_of(call: Call) -> Value | None:
    if isinstance(call.receiver, Instance) and "script" in call.receiver.parts:
        return call.receiver.parts["script"]
    return call.role("script")


def _client_of(call: Call) -> Value:
    """On whom the commands are: the client that the call names, the one that the script was made with, or itself."""
    given = call.role("client")
    if isinstance(given, Instance):
        return given
    is_script = isinstance(call.receiver, Instance) and "script" in call.receiver.parts
    return call.receiver.parts["client"] if isinstance(call.receiver, Instance) and is_script else call.receiver


def _known(low: Lowering, call: Call, text: Value | None, keys: list[Value], arguments: list[Value]) -> Script | None:
    """The script, where its text is known and it is given what it asks for; not one that waits on a pipeline."""
    source = text.term.value if isinstance(text, Data) and isinstance(text.term, ir.Const) else None
    found = low.models.script(source) if isinstance(source, str) else None
    if found is None or not found.is_read or len(keys) != 1 or len(arguments) != len(found.args):
        return None
    client = _client_of(call)
    is_queued = isinstance(client, Instance) and queue_of(low, replace(call, receiver=client)) is not None
    return None if is_queued or not isinstance(client, Instance) else found


def _at_one_moment(low: Lowering, call: Call, script: Script, arguments: list[Value]) -> Value:
    """Reads the Python that does the same, as if it stood where the script is called."""
    seq, path = ir.Seq(), low.path
    before = len(low.hints)
    with low.writing(seq):
        made = run_body(low, *_function_of(low, script), Arguments(arguments), call.span)
    del low.hints[before:]
    for one in _parts(seq):
        one.span = call.span
        if not isinstance(one, ir.Return | ir.Raise):
            one.path = path
    for item in seq.items:
        if isinstance(item, ir.Frame):
            item.is_atomic = True
        low.emit(item)
    return made


def _parts(seq: ir.Seq) -> Iterator[ir.Op | ir.Branch | ir.Return | ir.Raise]:
    """Whatever in a tree says where it stands."""
    for leaf in leaves_of(seq):
        if isinstance(leaf, ir.Op | ir.Branch | ir.Return | ir.Raise):
            yield leaf


def _function_of(low: Lowering, script: Script) -> tuple[Closure, nodes.FunctionDef]:
    key = ("script", script.text)
    known = low.memo.get(key)
    if not isinstance(known, tuple):
        path = Path(f"<{script.name}>")
        module = ModuleInfo(script.name, path, False, parse(source_from_text(script.function, path)))
        index_module(module)
        node = module.functions[script.name]
        known = low.memo[key] = (Closure(node, module, {}, script.name, is_decorated=False), node)
    return known


def _script_parts(call: Call) -> tuple[list[Value], list[Value]]:
    """The KEYS and the ARGV of a call."""
    number, rest = call.role("numkeys"), call.role("rest")
    if number is not None and isinstance(rest, Items) and isinstance(number, Data):
        count = number.term.value if isinstance(number.term, ir.Const) else 1
        count = count if isinstance(count, int) else 1
        return list(rest.items[:count]), list(rest.items[count:])
    given = call.role("args")
    if given is None or isinstance(given, Items):
        return keys_of(call.role("keys")), [] if given is None else list(given.items)
    return keys_of(call.role("keys")), [given]


def _register(low: Lowering, call: Call) -> Value:
    ident = ir.Apply("script", tuple(term_of(one) for one in call.arguments.values()))
    parts = {"client": call.receiver}
    text = call.role("script")
    if text is not None:
        parts["script"] = text
    return Instance(call.operation.result.strip("<>"), ident, parts)


SCRIPT_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {"kv.script": _script, "kv.register_script": _register}
