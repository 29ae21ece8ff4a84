import threading
from threading import Lock

import redis

client = redis.Redis()
one = Lock()
two = Lock()
outer = Lock()
left = Lock()
right = Lock()
a = Lock()
b = Lock()


def forth():
    with one:
        with two:
            pass


def same_way():
    with one, two:
        pass


def one_after_the_other():
    with two:
        pass
    with one:
        pass


def gated_forth():
    with outer:
        with left:
            with right:
                pass


def gated_back():
    with outer:
        with right:
            with left:
                pass


def waits_for_ever():
    with a:
        with b:
            pass


def gives_up():
    with b:
        if a.acquire(timeout=1):
            a.release()


def move_sorted(source, target):
    first, second = sorted((source, target))
    with client.lock(f"shelf:{first}", timeout=10), client.lock(f"shelf:{second}", timeout=10):
        client.incr("moves")


def each_by_itself(names):
    for name in names:
        with client.lock(f"shelf:{name}", timeout=10):
            client.incr("moves")


class Twice:
    """One block after the other is not one in the other."""

    def __init__(self):
        self._lock = threading.Lock()

    def step(self):
        with self._lock:
            return 1

    def run(self):
        self.step()
        self.step()
        with self._lock:
            pass
        return self.step()


class Reentrant:
    def __init__(self):
        self._lock = threading.RLock()

    def get(self):
        with self._lock:
            return 1

    def add(self):
        with self._lock:
            return self.get()


class Places:
    def __init__(self):
        self.places = threading.Semaphore(5)

    def get(self):
        with self.places:
            return 1

    def add(self):
        with self.places:
            return self.get()


class Parent:
    def __init__(self, child):
        self._lock = Lock()
        self.child = child


class Child:
    def __init__(self):
        self._lock = Lock()

    def run(self):
        with self._lock:
            return 1
