import redis

client = redis.Redis()


def visit(page):
    seen = int(client.get(f"visits:{page}"))
    client.set(f"visits:{page}", seen + 1)
    return seen + 1
