"""A class takes what is free of many locks, and gives back, or prolongs, in other methods."""

import os

import redis

KEY = "shop:lock:%s"


class GivesBackAll:
    def __init__(self, names, connection):
        self.names = set(names)
        self.connection = connection
        self.held = set()

    @classmethod
    def key_of(cls, name):
        return KEY % name

    def take(self):
        for name in self.names:
            if self.connection.set(self.key_of(name), os.getpid(), nx=True, ex=60):
                self.held.add(name)
        return self.held

    def prolong(self):
        for name in self.names:
            self.connection.expire(self.key_of(name), 60)  # expect: FEN403 "prolongs the lock"

    def prolong_first(self):
        self.connection.expire(self.key_of(next(iter(self.names))), 60)  # expect: FEN403

    def give_back(self):
        self.connection.delete(*[self.key_of(name) for name in self.names])  # expect: FEN403 "deletes the lock"
        self.held = set()


class GivesBackEach:
    client = redis.Redis()

    def __init__(self, shops):
        self.shops = shops
        self.mine = []

    def take(self):
        for shop in self.shops:
            if not self.client.set(f"shop:{shop}", "1", nx=True, ex=30):
                continue
            self.mine.append(shop)

    def give_back(self):
        for shop in self.shops:
            self.client.delete(f"shop:{shop}")  # expect: FEN403

    def forget(self):
        for shop in self.shops:
            self.client.delete(f"shop:cache:{shop}")


class GivesBackItsOwn:
    def __init__(self, names, connection):
        self.names = set(names)
        self.connection = connection
        self.held = set()

    def take(self):
        for name in self.names:
            if self.connection.set(KEY % name, os.getpid(), nx=True, ex=60):
                self.held.add(name)

    def prolong(self):
        for name in self.held:
            self.connection.expire(KEY % name, 60)

    def give_back(self):
        keys = [KEY % name for name in self.held]
        self.connection.delete(*keys)


class AllOrNothing:
    def __init__(self, names, connection):
        self.names = names
        self.connection = connection

    def take(self):
        for name in self.names:
            if not self.connection.set(KEY % name, os.getpid(), nx=True, ex=60):
                raise RuntimeError(name)

    def give_back(self):
        self.connection.delete(*[KEY % name for name in self.names])


class NoLock:
    def __init__(self, names, connection):
        self.names = names
        self.connection = connection

    def fill(self):
        for name in self.names:
            self.connection.set(f"page:{name}", name, ex=60)

    def empty(self):
        for name in self.names:
            self.connection.delete(f"page:{name}")
