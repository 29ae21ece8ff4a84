"""Locks with an expiry that are simply deleted."""

import uuid

import redis
from django.core.cache import cache
from redis.asyncio import Redis

client = redis.Redis(decode_responses=True)
aclient = Redis()


def plain():
    if not client.set("lock:a", "1", nx=True, ex=30):
        return
    try:
        client.incr("n")
    finally:
        client.delete("lock:a")  # expect: FEN403 "without a check whose it is"


def never_compared(shop):
    token = uuid.uuid4().hex
    if client.set(f"lock:{shop}", token, px=30_000, nx=True):
        try:
            client.incr("n")
        finally:
            client.unlink(f"lock:{shop}")  # expect: FEN403


def compared_apart(shop):
    token = uuid.uuid4().hex
    if client.set(f"lock:{shop}", token, ex=30, nx=True):
        try:
            client.incr("n")
        finally:
            if client.get(f"lock:{shop}") == token:
                client.delete(f"lock:{shop}")  # expect: FEN403 "apart from the check"


def expiry_after(shop):
    if client.setnx(f"lock:{shop}", 1):
        client.expire(f"lock:{shop}", 30)
        try:
            client.incr("n")
        finally:
            client.delete(f"lock:{shop}")  # expect: FEN403


def unknown_expiry(shop, seconds):
    if client.set(f"lock:{shop}", 1, ex=seconds, nx=True):
        try:
            client.incr("n")
        finally:
            client.delete(f"lock:{shop}")  # expect: FEN403


async def asynchronous(shop):
    got = await aclient.set(f"lock:{shop}", 1, ex=30, nx=True)
    if not got:
        return
    try:
        await aclient.incr("n")
    finally:
        await aclient.delete(f"lock:{shop}")  # expect: FEN403


def cached(shop):
    if cache.add(f"lock:{shop}", "1", 60):
        try:
            cache.set("n", 1)
        finally:
            cache.delete(f"lock:{shop}")  # expect: FEN403


def of_whoever_has_it():
    """Also the run that was turned away comes by the ``finally``."""
    try:
        if not client.set("lock:b", 1, nx=True, ex=30):
            return
        client.incr("n")
    finally:
        client.delete("lock:b")  # expect: FEN403 "also by a run that has not got it"
