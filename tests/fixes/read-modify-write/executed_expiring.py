import redis

client = redis.Redis()


def visit(page):
    seen = int(client.get(f"visits:{page}") or 0) + 1
    client.set(f"visits:{page}", seen, ex=60)
    return seen
