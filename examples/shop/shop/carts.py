"""Carts are Redis hashes of sku to quantity; gift notes hang beside them as one JSON document."""

import json

from shop.connections import client

MAX_LINES = 50

ADD_LINE = client.register_script(
    """
    if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[1]) then
        return 0
    end
    redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
    return 1
    """
)


class CartFull(Exception):
    pass


class Cart:
    def __init__(self, session_key):
        self.redis = client
        self.key = f"cart:{session_key}"
        self.notes_key = f"cart:{session_key}:notes"

    def add_line(self, sku, quantity):
        if self.redis.hlen(self.key) >= MAX_LINES:  # expect: FEN201
            raise CartFull(self.key)
        self.redis.hset(self.key, sku, quantity)

    def add_line_by_script(self, sku, quantity):
        if not ADD_LINE(keys=[self.key], args=[MAX_LINES, sku, quantity]):
            raise CartFull(self.key)

    def change_quantity(self, sku, difference):
        quantity = int(self.redis.hget(self.key, sku) or 0)  # expect: FEN202
        self.redis.hset(self.key, sku, quantity + difference)

    def change_quantity_in_place(self, sku, difference):
        self.redis.hincrby(self.key, sku, difference)

    def add_note(self, sku, text):
        notes = json.loads(self.redis.get(self.notes_key) or "{}")  # expect: FEN202
        notes[sku] = text
        self.redis.set(self.notes_key, json.dumps(notes), ex=86400)

    def add_note_under_lock(self, sku, text):
        with self.redis.lock(f"lock:{self.notes_key}", timeout=10, blocking_timeout=3):
            notes = json.loads(self.redis.get(self.notes_key) or "{}")
            notes[sku] = text
            self.redis.set(self.notes_key, json.dumps(notes), ex=86400)

    def lines(self):
        return {sku: int(quantity) for sku, quantity in self.redis.hgetall(self.key).items()}

    def clear(self):
        self.redis.delete(self.key, self.notes_key)
