import redis

client = redis.RedisCluster(host="nodes")


def take(sku):
    if int(client.get(sku)) > 0:
        client.decr(sku)
        return True
    return False
