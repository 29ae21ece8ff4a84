"""A client of the module: the script is registered where the client is."""

import redis

client = redis.Redis()
LIMIT = 10


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def reserve(sku):
    left = decrement_if_above(keys=[f"stock:{sku}"], args=[0, 1])
    if int(left) > 0:
        return True
    return False


decrement_if_above_2 = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) >= tonumber(ARGV[2]) then
    redis.call('DECRBY', KEYS[1], ARGV[3])
end
return held
""")


# takes several
def take(sku, quantity):
    left = int(decrement_if_above_2(keys=[f"stock:{sku}"], args=[0, quantity, quantity]) or 0)  # what is left
    if quantity > left:
        raise ValueError(f"only {left} of {sku}")


def take_again(sku, quantity):
    decrement_if_above_2(keys=[f"stock:{sku}"], args=[0, quantity, quantity])


increment_if_below = client.register_script("""
local held = redis.call('GET', KEYS[1])
if not held or tonumber(held) < tonumber(ARGV[1]) then
    local made = redis.call('INCRBY', KEYS[1], ARGV[2])
    if made == 1 then
        redis.call('EXPIRE', KEYS[1], ARGV[3])
    end
end
return held
""")


def may_try(user):
    key = f"rate:{user}"
    tries = increment_if_below(keys=[key], args=[LIMIT, 1, 60])
    if tries is not None and int(tries) >= LIMIT:
        return False
    return True


increment_if_below_2 = client.register_script("""
local held = redis.call('GET', KEYS[1])
if (held and held ~= '' and tonumber(held) or tonumber(ARGV[1])) < tonumber(ARGV[2]) then
    redis.call('INCRBY', KEYS[1], ARGV[3])
    redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return held
""")


def slide(user):
    key = f"rate:{user}"
    tries = increment_if_below_2(keys=[key], args=[0, LIMIT, 1, 60])
    tries = int(tries) if tries else 0
    if tries >= LIMIT:
        raise RuntimeError


increment_if_below_3 = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) < tonumber(ARGV[2]) then
    redis.call('INCRBY', KEYS[1], ARGV[3])
end
return held
""")


def only_command(user):
    increment_if_below_3(keys=[user], args=[0, LIMIT, 1])


def with_else(user):
    if int(increment_if_below_3(keys=[user], args=[0, LIMIT, 1]) or 0) >= LIMIT:
        raise RuntimeError(user)


set_if_equal = client.register_script("""
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
return held
""")


def close(order):
    if set_if_equal(keys=[order], args=[b"open", "closed", 2 * 3600]) == b"open":
        return True
    return False


def last_wins(order, state):
    held = client.get(order)
    if held is None:
        return None
    client.set(order, state)
    return held


push_if_below = client.register_script("""
local held = redis.call('LLEN', KEYS[1])
if held < tonumber(ARGV[1]) then
    redis.call('RPUSH', KEYS[1], ARGV[2])
end
return held
""")


def append(queue, item):
    if push_if_below(keys=[queue], args=[100, item]) < 100:
        return True
    return False


add_if_below = client.register_script("""
local held = redis.call('SCARD', KEYS[1])
if held < tonumber(ARGV[1]) then
    redis.call('SADD', KEYS[1], ARGV[2])
end
return held
""")


def join(room, user):
    if not add_if_below(keys=[room], args=[8, user]) >= 8:
        return True
    return False


increment_if_above = client.register_script("""
local held = redis.call('HGET', KEYS[1], ARGV[1])
if tonumber(held or ARGV[2]) >= tonumber(ARGV[3]) then
    redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[4])
end
return held
""")


def pay(account, amount):
    balance = int(increment_if_above(keys=["balances"], args=[account, 0, amount, -amount]) or 0)
    if balance < amount:
        return False
    return True


decrement_if_above_3 = client.register_script("""
local held = redis.call('GET', KEYS[1])
if held and tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def walrus(sku):
    if (left := decrement_if_above_3(keys=[sku], args=[0, 1])) is not None and int(left) > 0:
        return left
    return None


class Stock:
    def take(self, sku):
        if int(decrement_if_above(keys=[sku], args=[0, 1])) > 0:
            return True
        return False


set_if_below = client.register_script("""
local held = redis.call('HLEN', KEYS[1])
if held < tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
return held
""")


def fields(cart, item):
    if set_if_below(keys=[cart], args=[5, item, 1]) < 5:  # a small cart
        return True
    return False


def last_one(sku):
    if int(client.get(sku) or 0) <= 0:  # sold out
        # nobody needs it
        client.delete(sku)
