import redis

client = redis.Redis()


def visit(page):
    seen = client.incr(f"visits:{page}")
    return seen
