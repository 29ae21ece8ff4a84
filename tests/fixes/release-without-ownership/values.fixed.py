# unsafe
"""What stands in the key may be read by people."""

import socket
from uuid import uuid4

import redis

client = redis.Redis()


release_lock = client.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def plain(shop):
    token = uuid4().hex
    if not client.set(f"lock:{shop}", token, nx=True, ex=30):
        return
    try:
        client.incr("n")
    finally:
        release_lock(keys=[f"lock:{shop}"], args=[token])
