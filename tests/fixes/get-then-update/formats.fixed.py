# -*- coding: utf-8 -*-
import redis

client = redis.Redis()


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def reserve(sku):  # é
	left = (
		decrement_if_above(keys=[f"stock:{sku}"], args=[0, 1])
	)
	if ((int(left)) > 0):
		return True
	return False


increment_if_below = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) < tonumber(ARGV[2]) then
    redis.call('INCRBY', KEYS[1], ARGV[3])
    redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return held
""")


def may_try(user):
	count = int((increment_if_below(keys=[user], args=[0, 10, 1, 60])) or 0)
	if count >= 10: return False
	return True


def claim(name):
	if client.set(
		name,
		"me",  # us
		nx=True,
	):  # free
		return True
	return False


def visit(page):
	seen = int(client.get(page) or 0); client.set(page, seen + 1)
	return None
