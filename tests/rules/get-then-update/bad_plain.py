import redis

client = redis.Redis(host="cache", socket_timeout=2)


def get_then_decr(sku):
    left = int(client.get(f"stock:{sku}") or 0)  # expect: FEN201
    if left <= 0:
        return False
    client.decr(f"stock:{sku}")
    return True


def get_then_decrby(sku, quantity):
    left = client.get(f"stock:{sku}")  # expect: FEN201 "stock:"
    if left is None or int(left) < quantity:
        raise ValueError(sku)
    client.decrby(f"stock:{sku}", quantity)


def test_inside_the_if(sku):
    if int(client.get("stock:" + sku) or 0) > 0:  # expect: FEN201
        client.decr("stock:" + sku)


def llen_then_lpush(queue, item):
    if client.llen(queue) >= 100:  # expect: FEN201
        return False
    client.lpush(queue, item)
    return True


def exists_then_set(seat, person):
    if client.exists(f"seat:{seat}"):  # expect: FEN201
        return False
    client.set(f"seat:{seat}", person)
    return True


def absent_then_set(seat, person):
    holder = client.get(f"seat:{seat}")  # expect: FEN201
    if holder is not None:
        return False
    client.set(f"seat:{seat}", person, ex=600)
    return True


def contains_then_set(seat, person):
    if f"seat:{seat}" in client:  # expect: FEN201
        return False
    client.set(f"seat:{seat}", person)
    return True


def sismember_then_sadd(club, person):
    if client.sismember(f"club:{club}", person):  # expect: FEN201
        return False
    client.sadd(f"club:{club}", person)
    return True


def scard_then_sadd(club, person):
    if client.scard(f"club:{club}") >= 20:  # expect: FEN201
        return False
    client.sadd(f"club:{club}", person)
    return True


def zcard_then_zadd(board, player, score):
    if client.zcard(board) < 10:  # expect: FEN201
        client.zadd(board, {player: score})
        return True
    return False


def hget_then_hincrby(account, cents):
    balance = int(client.hget("balances", account) or 0)  # expect: FEN201
    if balance < cents:
        return False
    client.hincrby("balances", account, -cents)
    return True


def hexists_then_hset(table, player):
    if client.hexists("tables", table):  # expect: FEN201
        return False
    client.hset("tables", table, player)
    return True


def hlen_then_hset(game, player, colour):
    if client.hlen(game) >= 4:  # expect: FEN201
        return False
    client.hset(game, player, colour)
    return True


def get_then_delete(token):
    if client.get(f"token:{token}") is None:  # expect: FEN201
        return False
    client.delete(f"token:{token}")
    return True


def lrange_then_rpush(queue, item):
    waiting = client.lrange(queue, 0, -1)  # expect: FEN201
    if len(waiting) < 5:
        client.rpush(queue, item)


def get_then_incr(user):
    calls = client.get("calls:%s" % user)  # expect: FEN201
    if calls and int(calls) >= 100:
        return False
    client.incr("calls:%s" % user)
    return True
