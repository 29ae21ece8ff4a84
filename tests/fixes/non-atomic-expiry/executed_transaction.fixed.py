import redis

client = redis.Redis()


def remember(user):
    pipe = client.pipeline(transaction=True)
    pipe.rpush(f"seen:{user}", "page")
    pipe.expire(f"seen:{user}", 60)
    n = pipe.execute()[0]
    return n
