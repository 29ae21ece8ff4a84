from uuid import uuid4

import redis

client = redis.Redis()


release_lock = client.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def rebuild_index():
    token = uuid4().hex
    if not client.set("lock:index", token, nx=True, ex=300):
        return
    try:
        client.incr("index:generation")
    finally:
        release_lock(keys=["lock:index"], args=[token])
