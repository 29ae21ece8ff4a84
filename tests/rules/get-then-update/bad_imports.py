import redis as r
import valkey
from django_redis import get_redis_connection
from redis import Redis as R
from redis import StrictRedis, from_url
from redis.cluster import RedisCluster
from redis.sentinel import Sentinel

module_alias = r.Redis(host="cache", socket_timeout=2)
class_alias = R(host="cache", socket_timeout=2)
strict = StrictRedis(host="cache", socket_timeout=2)
by_url = from_url("redis://cache/0", socket_timeout=2)
by_class_url = R.from_url("redis://cache/0", socket_timeout=2)
pooled = R(connection_pool=r.ConnectionPool(host="cache", socket_timeout=2))
cluster = RedisCluster(host="cache", socket_timeout=2)
primary = Sentinel([("sentinel", 26379)], socket_timeout=2).master_for("shop")
other_store = valkey.Valkey(host="cache", socket_timeout=2)


def through_module_alias(key):
    if int(module_alias.get(key) or 0) > 0:  # expect: FEN201
        module_alias.decr(key)


def through_class_alias(key):
    if int(class_alias.get(key) or 0) > 0:  # expect: FEN201
        class_alias.decr(key)


def through_strict_redis(key):
    if int(strict.get(key) or 0) > 0:  # expect: FEN201
        strict.decr(key)


def through_from_url(key):
    if int(by_url.get(key) or 0) > 0:  # expect: FEN201
        by_url.decr(key)


def through_class_from_url(key):
    if int(by_class_url.get(key) or 0) > 0:  # expect: FEN201
        by_class_url.decr(key)


def through_a_pool(key):
    if int(pooled.get(key) or 0) > 0:  # expect: FEN201
        pooled.decr(key)


def through_a_cluster(key):
    if int(cluster.get(key) or 0) > 0:  # expect: FEN201
        cluster.decr(key)


def through_sentinel(key):
    if int(primary.get(key) or 0) > 0:  # expect: FEN201
        primary.decr(key)


def through_valkey(key):
    if int(other_store.get(key) or 0) > 0:  # expect: FEN201
        other_store.decr(key)


def through_django_redis(key):
    connection = get_redis_connection("default")
    if int(connection.get(key) or 0) > 0:  # expect: FEN201
        connection.decr(key)


def imported_inside(key):
    import redis

    client = redis.Redis(host="cache", socket_timeout=2)
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)
