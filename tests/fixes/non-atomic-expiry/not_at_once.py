import redis

client = redis.Redis()
nodes = redis.RedisCluster(host="nodes")


def on_a_cluster(user, fields):
    nodes.hset(user, mapping=fields)  # unfixed: "a cluster has no transaction"
    nodes.expire(user, 60)


def something_in_between(user, fields):
    client.hset(user, mapping=fields)  # unfixed: "something else happens"
    print(user)
    client.expire(user, 60)


def the_answer_is_used(user, value):
    client.set(user, value)  # unfixed: "the result of expire() is used"
    return client.expire(user, 60)


def on_another_condition(user, value, is_new):
    client.set(user, value)  # unfixed: "different blocks"
    if is_new:
        client.expire(user, 60)
