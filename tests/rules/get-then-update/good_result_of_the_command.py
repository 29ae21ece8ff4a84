import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)


def set_if_absent(seat, person):
    if not client.set(f"seat:{seat}", person, nx=True, ex=600):
        return False
    return True


def set_if_absent_returned(seat, person):
    return bool(client.set(f"seat:{seat}", person, nx=True, ex=600))


def setnx(seat, person):
    return client.setnx(f"seat:{seat}", person)


def field_set_if_absent(table, player):
    if client.hsetnx("tables", table, player):
        return True
    return False


def member_added_if_absent(board, player):
    return client.zadd(board, {player: 0}, nx=True) == 1


def members_added(club, person):
    if client.sadd(f"club:{club}", person) == 0:
        return False
    return True


def decrement_then_compensate(key):
    if client.decr(key) < 0:
        client.incr(key)
        return False
    return True


def increment_against_a_limit(user):
    calls = client.incr(f"calls:{user}")
    return calls <= 100


def look_then_set_if_absent(seat, person):
    """The look spares a round trip in the common case; the second command decides."""
    if client.exists(f"seat:{seat}"):
        return False
    return bool(client.set(f"seat:{seat}", person, nx=True, ex=600))


def popped(queue):
    item = client.lpop(queue)
    if item is None:
        return False
    return True


def got_and_deleted(token):
    return client.getdel(f"token:{token}") is not None


def deleted_count(token):
    return client.delete(f"token:{token}") == 1


def added_to_the_cache(seat, person):
    if not cache.add(f"seat:{seat}", person, timeout=600):
        return False
    return True


def added_or_incremented(user):
    if cache.add(f"calls:{user}", 1, timeout=60):
        return True
    return cache.incr(f"calls:{user}") <= 100


def claim(seat, person):
    return cache.add(f"seat:{seat}", person, timeout=600)


def claim_tested_elsewhere(seat, person):
    if claim(seat, person):
        return True
    return False
