import uuid

import redis

client = redis.Redis(decode_responses=True)


def rebuild_index():
    token = str(uuid.uuid4())
    if not client.set("lock:index", token, nx=True, ex=30):
        return
    try:
        client.incr("index:generation")
    finally:
        if client.get("lock:index") == token:
            client.delete("lock:index")
