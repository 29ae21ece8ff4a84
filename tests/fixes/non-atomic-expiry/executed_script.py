import redis

client = redis.Redis()


def may_log_in(user):
    n = client.incr(f"tries:{user}")
    if n == 1:
        client.expire(f"tries:{user}", 60)
    return n <= 3
