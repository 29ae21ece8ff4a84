"""One entry of a cache holds a table, and what is put into it is no result that could be computed again."""

import uuid

import redis
from django.core.cache import cache

client = redis.Redis()


def hit(address):
    hits = cache.get("hits") or {}  # expect: FEN202
    seen = hits.get(address)
    if seen is None:
        seen = start_of(address)
    hits[address] = seen + 1
    cache.set("hits", hits)


def start_of(address):
    return len(address)


def token(user):
    tokens = cache.get("tokens") or {}  # expect: FEN202
    if user in tokens:
        found = tokens[user]
    else:
        found = str(uuid.uuid4())
        tokens[user] = found
        cache.set("tokens", tokens)
    return found


def add(cart, sku, count):
    lines = cache.get(f"cart:{cart}") or {}  # expect: FEN202
    lines[sku] = count
    cache.set(f"cart:{cart}", lines)
    return lines


def remembered(word, stemmer):
    known = client.get("stems") or {}  # expect: FEN202
    if word in known:
        stem = known[word]
    else:
        stem = stemmer.stem(word)
        known[word] = stem
        client.set("stems", known)  # a store of its own: nothing says that it may forget
    return stem
