"""What is left as it is, and why."""

import threading

import redis

from shop.work import prepare

client = redis.Redis()


def asks_too_late(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # unfixed: "it is given back under a condition"
    client.incr("n")
    if lock.owned():
        lock.release()


def error_of_the_release_is_caught(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # unfixed: "what goes wrong when it is given back is caught"
    client.incr("n")
    try:
        lock.release()
    except redis.exceptions.LockError:
        pass


def fresh_lock():
    lock = threading.Lock()
    lock.acquire()  # unfixed: "the lock is made anew in each run"
    prepare()
    lock.release()


def bound_anew(accounts):
    lock = client.lock("a", timeout=600)
    lock.acquire()  # unfixed: "lock is another one when it is given back"
    client.incr("n")
    if accounts:
        lock = client.lock("a", timeout=600)
    lock.release()


def held_sometimes(account, careful):
    lock = client.lock(f"account:{account}", timeout=600)
    if careful:
        lock.acquire()  # unfixed: "it is given back outside of the block in which it is taken"
    client.incr("n")
    lock.release()


def work_after_an_early_release(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # unfixed: "more is done after it has been given back"
    if client.get("closed"):
        lock.release()
        client.incr("refused")
        return
    client.incr("n")
    lock.release()


def handed_on(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # unfixed: "the lock may be handed on to whoever calls the function"
    if client.get("open"):
        return lock
    lock.release()
    return None


def told_that_it_is_held(account):
    lock = client.lock(f"account:{account}", timeout=600)
    if lock.acquire(blocking=False):  # unfixed: "the lock may be handed on to whoever calls the function"
        if client.get("open"):
            return True
        lock.release()
    return False


def key_is_kept(shop):
    if client.set(f"lock:{shop}", 1, nx=True, ex=600):  # unfixed: "one run would leave other values"
        if client.get("open"):
            return 1
        client.delete(f"lock:{shop}")
    return 0
