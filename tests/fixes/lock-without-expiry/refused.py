"""What is not given an expiry, and why."""

import redis
from redis.lock import Lock

client = redis.Redis()
OPTIONS = {"sleep": 0.1}


def options_not_seen():
    with client.lock("a", None, *[0.1]):  # unfixed: "the arguments of the lock are not all seen"
        client.incr("n")


def take(name):
    return client.set(f"taken:{name}", 1, nx=True)  # unfixed: "taken in one function and given back in another"


def give_back(name):
    client.delete(f"taken:{name}")


def uses_functions(name):
    if not take(name):
        return
    try:
        client.incr("n")
    finally:
        give_back(name)


def answer_is_kept(name):
    got = client.setnx(f"lock:{name}", 1)  # unfixed: "used otherwise than in a test"
    if not got:
        return got
    try:
        client.incr("n")
    finally:
        client.delete(f"lock:{name}")
    return got


def more_than_the_key(name):
    if client.set(f"lock:{name}", 1, nx=True):  # unfixed: "more than the key of the lock is deleted"
        try:
            client.incr("n")
        finally:
            client.delete(f"lock:{name}", f"progress:{name}")
