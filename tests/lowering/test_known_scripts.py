"""A script whose text is known is lowered to what it does, however it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.explore_code import leaves_of
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.models import load_models
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.project import Definition
from fenceline.linking.analysis import open_project

MODELS = load_models()
TEXT = """
TAKE = '''
    local held = redis.call('GET', KEYS[1])
    if tonumber(held) > tonumber(ARGV[1]) then
        redis.call('DECRBY', KEYS[1], ARGV[2])
    end
    return held
'''
"""


def lowered(folder: Path, body: str) -> tuple[list[ir.Tree], list[Fact]]:
    path = folder / "shop.py"
    path.write_text(TEXT + body, encoding="utf-8")
    analysis = open_project(folder, MODELS)
    module = analysis.project.module_of(path)
    assert module is not None
    name, node, owner = next(one for one in functions_of(module) if one[0].endswith("take"))
    holder = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
    made = lower_function(new_lowering(analysis.project, MODELS, module, analysis.memo), node, holder, name)
    return leaves_of(made.tree), made.facts


def told(leaves: list[ir.Tree]) -> list[str]:
    return [one.text for one in leaves if isinstance(one, ir.Op)]


CALLS = {
    "eval": "import redis\nclient = redis.Redis()\n\ndef take(sku):\n    return client.eval(TAKE, 1, sku, 0, 1)\n",
    "register": "import redis\nclient = redis.Redis()\nscript = client.register_script(TAKE)\n\n"
    "def take(sku):\n    return script(keys=[sku], args=[0, 1])\n",
    "in the method": "import redis\n\nclass Stock:\n    def __init__(self, client: redis.Redis):\n"
    "        self.client = client\n        self.script = client.register_script(TAKE)\n\n"
    "    def take(self, sku):\n        return self.script([sku], [0, 1])\n",
    "async": "import redis.asyncio\n\nasync def take(client: redis.asyncio.Redis, sku):\n"
    "    return await client.eval(TAKE, 1, sku, 0, 1)\n",
    "async script": "import redis.asyncio\nclient = redis.asyncio.Redis()\nscript = client.register_script(TAKE)\n\n"
    "async def take(sku):\n    return await script(keys=[sku], args=[0, 1])\n",
    "valkey": "import valkey\nclient = valkey.Valkey()\n\ndef take(sku):\n    return client.eval(TAKE, 1, sku, 0, 1)\n",
    "cluster": "import redis\n\ndef take(client: redis.RedisCluster, sku):\n"
    "    return client.eval(TAKE, 1, sku, 0, 1)\n",
    "django": "from django_redis import get_redis_connection\n\ndef take(sku):\n"
    "    return get_redis_connection('default').eval(TAKE, 1, sku, 0, 1)\n",
    "another client": "import redis\nclient = redis.Redis()\nscript = client.register_script(TAKE)\n\n"
    "def take(other: redis.Redis, sku):\n    return script(keys=[sku], args=[0, 1], client=other)\n",
}


@pytest.mark.parametrize("call", CALLS)
def test_it_is_one_moment(tmp_path: Path, call: str):
    leaves, facts = lowered(tmp_path, CALLS[call])
    frame = next(one for one in leaves if isinstance(one, ir.Frame) and one.is_atomic)
    assert told(leaves_of(frame.body)) == told(leaves) == ["GET sku", "DECRBY sku"]
    guard = next(one.guard for one in leaves_of(frame.body) if isinstance(one, ir.Branch))
    read = next(one for one in leaves if isinstance(one, ir.Atomic))
    assert isinstance(read.steps[0], ir.Get)
    held = ir.Apply("int", (ir.Var(str(read.steps[0].bind)),))
    assert guard == ir.Ask("<", (ir.Const(0), held))
    assert [one.kind for one in facts] == ["kv.read", "kv.update"]
    assert {one.op.path for one in facts} == {str(tmp_path / "shop.py")}


def test_it_stands_where_it_is_called(tmp_path: Path):
    leaves, _ = lowered(tmp_path, CALLS["eval"])
    places: set[Span] = {one.span for one in leaves if isinstance(one, ir.Op | ir.Branch)}
    assert [(one.line, one.column) for one in places] == [(13, 12)]


WITHOUT = {
    "too few arguments": "import redis\nclient = redis.Redis()\n\ndef take(sku):\n    client.eval(TAKE, 1, sku, 0)\n",
    "arguments unseen": "import redis\nclient = redis.Redis()\n\ndef take(sku, a):\n    client.eval(TAKE, 1, *a)\n",
    "two keys": "import redis\nclient = redis.Redis()\n\ndef take(sku):\n    client.eval(TAKE, 2, sku, 'b', 0, 1)\n",
    "another text": "import redis\nclient = redis.Redis()\n\ndef take(sku):\n"
    "    client.eval(TAKE + ' ', 1, sku, 0, 1)\n",
    "on a pipeline": "import redis\nclient = redis.Redis()\n\ndef take(sku):\n    pipe = client.pipeline()\n"
    "    pipe.eval(TAKE, 1, sku, 0, 1)\n    pipe.execute()\n",
}


@pytest.mark.parametrize("call", WITHOUT)
def test_what_is_not_sure_stays_one_update(tmp_path: Path, call: str):
    leaves, facts = lowered(tmp_path, WITHOUT[call])
    assert not [one for one in leaves if isinstance(one, ir.Frame) and one.is_atomic]
    assert not {one.kind for one in facts} & {"kv.read"}


def test_the_tree_is_that_of_the_python(tmp_path: Path):
    """For every script: the same branches, guards and steps as the Python has where it is written out."""
    for script in MODELS.scripts.values():
        params = ", ".join(script.args)
        head = f"import redis\n\ndef take(client: redis.Redis, key, {params}):\n"
        leaves, _ = lowered(tmp_path, f"{head}    return client.eval({script.text!r}, 1, key, {params})\n")
        same, _ = lowered(
            tmp_path,
            f"import redis\n\n{script.function}\n\ndef take(client: redis.Redis, key, {params}):\n"
            f"    return {script.name}(client, key, {params})\n",
        )
        if script.is_read:
            assert list(map(shown, leaves)) == list(map(shown, same)), script.text


def shown(leaf: ir.Tree) -> object:
    match leaf:
        case ir.Atomic(steps=steps, text=text):
            return text, steps
        case ir.Branch(guard=guard):
            return guard
        case ir.Return(value=value):
            return value
    return type(leaf)
