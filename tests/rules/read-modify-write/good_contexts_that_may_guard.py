"""Context managers that cannot be read and may be a guard: suspected at most."""

import redis
from acme import store
from acme.locks import exclusive

client = redis.Redis(host="cache", socket_timeout=2)


def named_so(key):
    with exclusive(key):
        count = int(client.get(key) or 0)
        client.set(key, count + 1)


def attribute_named_so(key):
    with store.distributed_lock(key):
        count = int(client.get(key) or 0)
        client.set(key, count + 1)


def handed_in(key, lock):
    with lock:
        count = int(client.get(key) or 0)
        client.set(key, count + 1)


class Section(store.Section):
    pass


def made_here_on_what_cannot_be_read(key):
    with Section(key):
        count = int(client.get(key) or 0)
        client.set(key, count + 1)
