"""Context managers that guard nothing."""

import contextlib
import decimal
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor

import httpx
import redis
import requests
import sentry_sdk
from opentelemetry import trace

client = redis.Redis(host="cache", socket_timeout=2)
tracer = trace.get_tracer(__name__)


def suppressed(key):
    with contextlib.suppress(ValueError):
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)


def files(key):
    with open("log") as log, tempfile.TemporaryDirectory() as directory:
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + len(log.read()) + len(directory))


def traced(key):
    with tracer.start_as_current_span("count"), sentry_sdk.start_transaction(op="count"):
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)


def sessions(key):
    with httpx.Client(), requests.Session():
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)


def settings_of_the_interpreter(key):
    with warnings.catch_warnings(), decimal.localcontext(), ThreadPoolExecutor():
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)


def handed_in(key, timer):
    with timer:
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)
