import uuid

import redis

client = redis.Redis(decode_responses=True)


release_lock = client.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def rebuild_index():
    token = str(uuid.uuid4())
    if not client.set("lock:index", token, nx=True, ex=30):
        return
    try:
        client.incr("index:generation")
    finally:
        release_lock(keys=["lock:index"], args=[token])
