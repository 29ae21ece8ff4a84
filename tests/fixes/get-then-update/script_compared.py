import redis

client = redis.Redis(decode_responses=True)


def close(order, expected):
    if client.get(order) == expected:
        client.set(order, "closed")
        return True
    return False
