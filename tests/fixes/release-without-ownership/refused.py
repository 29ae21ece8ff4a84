"""What cannot be made the owner's, and why."""

import redis
from django.core.cache import cache

client = redis.Redis(decode_responses=True)


def more_is_asked(shop, token, is_done):
    if client.set(f"lock:{shop}", 1, ex=30, nx=True):
        try:
            client.incr("n")
        finally:
            client.delete(f"lock:{shop}", f"progress:{shop}")  # unfixed: "more than the key of the lock is deleted"


def expiry_not_stated(shop, seconds):
    if cache.add(f"lock:{shop}", "1", seconds):
        try:
            cache.set("n", 1)
        finally:
            cache.delete(f"lock:{shop}")  # unfixed: "when the key expires is not stated where it is set"
