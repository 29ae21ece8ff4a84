import redis

client = redis.Redis()


def rebuild_index():
    if not client.set("lock:index", "1", nx=True, ex=30):
        return
    try:
        client.incr("index:generation")
    finally:
        client.delete("lock:index")
