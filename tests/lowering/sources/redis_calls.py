import redis

client = redis.Redis()


def get_then_decr(sku):
    stock = client.get(f"stock:{sku}")
    if stock is None or int(stock) < 1:
        return False
    client.decr(f"stock:{sku}")
    return True


def lock_around(sku):
    with client.lock(f"lock:{sku}", timeout=10):
        client.set(f"stock:{sku}", int(client.get(f"stock:{sku}")) - 1)


def watched(sku):
    with client.pipeline() as pipe:
        pipe.watch(f"stock:{sku}")
        left = int(pipe.get(f"stock:{sku}"))
        pipe.multi()
        pipe.set(f"stock:{sku}", left - 1)
        pipe.execute()
