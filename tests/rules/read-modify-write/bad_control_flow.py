import json
import logging
import threading

import redis

client = redis.Redis(host="cache", socket_timeout=2)
thread_lock = threading.Lock()
log = logging.getLogger(__name__)


def walrus(key):
    if (count := client.get(key)) is not None:  # expect: FEN202
        client.set(key, int(count) + 1)


def either_branch(key):
    count = client.get(key)  # expect: FEN202
    if count is None:
        client.set(key, 1)
    else:
        client.set(key, int(count) + 1)


def try_around_the_parsing(key, item):
    raw = client.get(key)  # expect: FEN202
    try:
        items = json.loads(raw)
    except (TypeError, ValueError):
        items = []
    items.append(item)
    client.set(key, json.dumps(items))


def write_in_finally(key, work):
    seconds = float(client.get(key) or 0)  # expect: FEN202
    try:
        seconds += work()
    finally:
        client.set(key, seconds)


def in_a_loop(pages):
    for page in pages:
        count = int(client.get(f"views:{page}") or 0)  # expect: FEN202
        client.set(f"views:{page}", count + 1)


def matched(key):
    match client.get(key):  # expect: FEN202
        case None:
            client.set(key, 1)
        case count:
            client.set(key, int(count) + 1)


def computed_by_a_comprehension(key, gone):
    members = json.loads(client.get(key) or "[]")  # expect: FEN202
    client.set(key, json.dumps([member for member in members if member != gone]))


def in_a_nested_function(key):
    def bump():
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)

    bump()


bump_in_a_lambda = lambda key: client.set(key, int(client.get(key) or 0) + 1)  # expect: FEN202


def thread_lock_is_not_enough(key):
    with thread_lock:
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)


def read_before_the_lock(key):
    count = int(client.get(key) or 0)  # expect: FEN202
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        client.set(key, count + 1)


def batch_without_a_transaction(key):
    count = int(client.get(key) or 0)  # expect: FEN202
    batch = client.pipeline(transaction=False)
    batch.set(key, count + 1)
    batch.execute()


def early_return(key, limit):
    count = int(client.get(key) or 0)  # expect: FEN202
    if count >= limit:
        log.info("%s is full", key)
        return None
    count += 1
    client.set(key, count)
    return count


def in_later_rounds_only(keys):
    previous = None
    for key in keys:
        if previous is not None:
            count = int(client.get(previous) or 0)  # expect: FEN202
            client.set(previous, count + 1)
        previous = key


def until_a_flag_falls(key):
    is_running = True
    while is_running:
        count = int(client.get(key) or 0)  # expect: FEN202
        client.set(key, count + 1)
        is_running = count < 3
