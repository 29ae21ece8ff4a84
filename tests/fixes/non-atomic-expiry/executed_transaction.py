import redis

client = redis.Redis()


def remember(user):
    n = client.rpush(f"seen:{user}", "page")
    client.expire(f"seen:{user}", 60)
    return n
