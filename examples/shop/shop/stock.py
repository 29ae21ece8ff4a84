"""Stock levels for the product pages live in Redis; the warehouse reconciles them every night."""

import redis

from shop.connections import client

RESERVE = client.register_script(
    """
    local left = tonumber(redis.call('GET', KEYS[1]) or '0')
    local wanted = tonumber(ARGV[1])
    if left < wanted then
        return -1
    end
    return redis.call('DECRBY', KEYS[1], wanted)
    """
)


def stock_key(sku):
    return f"stock:{sku}"


def reserve(sku, quantity):
    available = int(client.get(stock_key(sku)) or 0)  # expect: FEN201
    if available < quantity:
        return False
    client.decrby(stock_key(sku), quantity)
    return True


def reserve_by_script(sku, quantity):
    return RESERVE(keys=[stock_key(sku)], args=[quantity]) >= 0


def reserve_watching(sku, quantity):
    key = stock_key(sku)
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(key)
                if int(pipe.get(key) or 0) < quantity:
                    return False
                pipe.multi()
                pipe.decrby(key, quantity)
                pipe.execute()
                return True
            except redis.WatchError:
                continue


def reserve_under_lock(sku, quantity):
    key = stock_key(sku)
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if int(client.get(key) or 0) < quantity:
            return False
        client.decrby(key, quantity)
        return True


def claim_last_minute_slot(day, order_id):
    """One order a day may still go out with the evening van."""
    slot = f"van:{day}"
    if client.exists(slot):  # expect: FEN201
        return False
    client.set(slot, order_id, ex=86400)
    return True


def claim_last_minute_slot_at_once(day, order_id):
    return bool(client.set(f"van:{day}", order_id, nx=True, ex=86400))


def restock(sku, quantity):
    return client.incrby(stock_key(sku), quantity)
