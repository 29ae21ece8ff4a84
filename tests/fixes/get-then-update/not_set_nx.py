import redis
from django.core.cache import cache

client = redis.Redis()


def goes_on_with_it(user, mine):
    held = client.get(user)  # unfixed: "used for more than the test"
    if held is None:
        client.set(user, mine, px=60)
        return True
    print(held)
    return False


def with_a_default(user):
    if cache.get(user, None) is None:  # unfixed: "does not only tell"
        cache.set(user, "new", 60)
        return True
    return False


def with_options(user):
    if client.exists(user):  # unfixed: "options of its own"
        return False
    client.set(user, 1, keepttl=True)
    return True


def something_first(user):
    if client.exists(user):  # unfixed: "something else happens"
        return False
    print("taking", user)
    client.set(user, 1)
    return True
