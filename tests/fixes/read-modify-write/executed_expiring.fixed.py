import redis

client = redis.Redis()


def visit(page):
    pipe = client.pipeline(transaction=True)
    pipe.incr(f"visits:{page}")
    pipe.expire(f"visits:{page}", 60)
    seen = pipe.execute()[0]
    return seen
