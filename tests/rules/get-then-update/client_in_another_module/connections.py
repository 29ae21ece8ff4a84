import redis

client = redis.Redis(host="cache", socket_timeout=2)


def connect():
    return redis.Redis(host="cache", socket_timeout=2)


class Connections:
    def __init__(self):
        self.primary = redis.Redis(host="cache", socket_timeout=2)


connections = Connections()
