# unsafe
import redis

client = redis.Redis()


def visit(page):
    seen = client.incr(f"visits:{page}") - 1
    return seen + 1
