import logging
import redis

client = redis.Redis()
other = redis.Redis()
WINDOW = 60
EXPIRY = timedelta(minutes=5)


def something_in_between(sku):
    left = client.get(sku)  # unfixed: "something else happens"
    if int(left) > 0:
        logging.info("left %s", left)
        client.decr(sku)
        return True
    return False


def another_test(sku, user):
    left = client.get(sku)  # unfixed: "depends on something else"
    if int(left) > 0 and user.may_buy:
        client.decr(sku)
        return True
    return False


def used(sku):
    left = client.get(sku)  # unfixed: "the result of the command is used"
    if int(left) > 0:
        return client.decr(sku)
    return None


def in_a_block(sku):
    left = client.get(sku)  # unfixed: "a with statement stands between"
    if int(left) > 0:
        with open("log") as log:
            client.decr(sku)
    return left


def not_known_yet(sku):
    left = client.get(sku)  # unfixed: "not known yet"
    if int(left) > 0:
        amount = 3
        client.decrby(sku, amount)
        return True
    return False


def computed(sku):
    left = client.get(sku)  # unfixed: "how what is read is tested is not known"
    if int(left) in range(3, 9):
        client.decr(sku)
        return True
    return False


def caught(sku):
    try:
        left = int(client.get(sku))  # unfixed: "is handled"
        if left > 0:
            client.decr(sku)
    except TypeError:
        return None
    return left


def an_expiry_of_some_type(key, seconds):
    n = client.get(key)  # unfixed: "no plain number of seconds"
    if n is None or int(n) < 10:
        client.incr(key)
        client.expire(key, EXPIRY)
        return True
    return False


def everything_twice(sku):
    left = client.get(sku)  # unfixed: "changed in several places"
    if int(left) > 0:
        client.decr(sku)
        client.incr(sku)
        return True
    return False


def through_a_helper(sku):
    if _left(sku) > 0:
        client.decr(sku)
        return True
    return False


def _left(sku):
    return int(client.get(sku))  # unfixed: "different blocks"


def of_another_window(key, WINDOW):
    n = client.get(key)  # unfixed: "no plain number of seconds"
    if n is None or int(n) < 10:
        client.incr(key)
        client.expire(key, WINDOW)
        return True
    return False
