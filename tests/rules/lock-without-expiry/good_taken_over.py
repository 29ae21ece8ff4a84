"""Whoever finds the lock taken looks how old it is."""

import time

import redis

client = redis.Redis(decode_responses=True)


def stale(name):
    key = f"lock:{name}"
    if not client.setnx(key, time.time() + 30):
        if float(client.get(key) or 0) > time.time():  # false-alarm: FEN201
            return
        if float(client.getset(key, time.time() + 30)) > time.time():
            return
    try:
        client.incr("n")
    finally:
        client.delete(key)


def waits_and_breaks(name):
    key = f"lock:{name}"
    while not client.set(key, time.time(), nx=True):
        if time.time() - float(client.get(key) or 0) > 60:
            client.delete(key)
        time.sleep(0.1)
    try:
        client.incr("n")
    finally:
        client.delete(key)
