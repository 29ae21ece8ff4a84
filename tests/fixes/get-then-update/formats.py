# -*- coding: utf-8 -*-
import redis

client = redis.Redis()


def reserve(sku):  # é
	left = (
		client
		.get(
			f"stock:{sku}"
		)
	)
	if ((int(left)) > 0): client.decr(f'stock:{sku}'); return True
	return False


def may_try(user):
	count = int((client.get(user)) or 0)
	if count >= 10: return False
	client.incr(user); client.expire(user, 60); return True


def claim(name):
	if not \
			client.exists(name):  # free
		client.set(
			name,
			"me",  # us
		)
		return True
	return False


def visit(page):
	seen = int(client.get(page) or 0); client.set(page, seen + 1)
	return None
