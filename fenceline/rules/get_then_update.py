"""A key is read, a decision is taken on it, and it is changed by another command.

What it claims
--------------
The entry reads a key of a shared key-value store (Redis, Valkey, a cache), branches on what it read, and then changes
the key by a separate command. Each command is atomic, the two together are not: there is an interleaving of two runs
whose outcome no serial order of them has.

Why it matters
--------------
Both runs pass the test on the same value, and both act: the last item is sold twice, the limit is exceeded, the work
that was to be done once is done twice.

When it is fine
---------------
The decision is taken on the result of the atomic command itself (``SET NX``, the value that ``DECR`` returns); test and
change are one Lua script; the key is watched and the transaction is retried; a distributed lock is held around both;
an entry of a cache is filled with what is computed anew, and the run goes on with either value.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN201",
    name="get-then-update",
    summary="a key is read, tested and then changed by separate commands, so two runs pass the same test",
    fixers=("use_set_nx", "decide_in_script"),
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.get_then_update"),
    references=("https://redis.io/docs/latest/develop/interact/transactions/",),
    examples=(
        Example(
            title="the last item is sold twice",
            bad="""import redis

client = redis.Redis()


def reserve(sku):
    left = client.get(f"stock:{sku}")
    if int(left) > 0:
        client.decr(f"stock:{sku}")
        return True
    return False
""",
            good='''import redis

client = redis.Redis()
take = client.register_script("""
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left < 1 then return 0 end
redis.call('DECR', KEYS[1])
return 1
""")


def reserve(sku):
    return bool(take(keys=[f"stock:{sku}"]))
''',
        ),
        Example(
            title="a mark that is looked for and then set",
            bad="""import redis

client = redis.Redis()


def claim(order_id, worker):
    if not client.exists(f"claim:{order_id}"):
        client.set(f"claim:{order_id}", worker, ex=60)
        return True
    return False
""",
            good="""import redis

client = redis.Redis()


def claim(order_id, worker):
    return bool(client.set(f"claim:{order_id}", worker, nx=True, ex=60))
""",
        ),
    ),
)
