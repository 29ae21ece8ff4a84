from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Optional

import redis


class Attribute:
    def __init__(self):
        self.redis = redis.Redis(host="cache", socket_timeout=2)

    def take(self, key):
        if int(self.redis.get(key) or 0) > 0:  # expect: FEN201
            self.redis.decr(key)


class GivenAttribute:
    def __init__(self, client: redis.Redis, prefix="stock"):
        self._client = client
        self.prefix = prefix

    def take(self, sku):
        left = self._client.get(f"{self.prefix}:{sku}")  # expect: FEN201
        if left is None or int(left) < 1:
            return False
        self._client.decr(f"{self.prefix}:{sku}")
        return True


class ClassAttribute:
    client = redis.Redis(host="cache", socket_timeout=2)

    def take(self, key):
        if int(self.client.get(key) or 0) > 0:  # expect: FEN201
            self.client.decr(key)


class InheritedAttribute(Attribute):
    def take_two(self, key):
        if int(self.redis.get(key) or 0) > 1:  # expect: FEN201
            self.redis.decrby(key, 2)


class LazyProperty:
    @cached_property
    def client(self) -> redis.Redis:
        return redis.Redis(host="cache", socket_timeout=2)

    def take(self, key):
        if int(self.client.get(key) or 0) > 0:  # expect: FEN201
            self.client.decr(key)


@dataclass
class DataclassField:
    client: redis.Redis
    key: str

    def take(self):
        if int(self.client.get(self.key) or 0) > 0:  # expect: FEN201
            self.client.decr(self.key)


def annotated_parameter(client: redis.Redis, key: str) -> bool:
    if int(client.get(key) or 0) <= 0:  # expect: FEN201
        return False
    client.decr(key)
    return True


def optional_parameter(key, client: Optional[redis.Redis] = None):
    client = client or redis.Redis(host="cache", socket_timeout=2)
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)


def union_annotation(client: redis.Redis | None, key):
    if client is not None and int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)


def connect():
    return redis.Redis(host="cache", socket_timeout=2)


def from_factory(key):
    client = connect()
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)


def from_factory_in_line(key):
    if int(connect().get(key) or 0) > 0:  # expect: FEN201
        connect().decr(key)


def in_a_with(key):
    with redis.Redis(host="cache", socket_timeout=2) as client:
        if int(client.get(key) or 0) > 0:  # expect: FEN201
            client.decr(key)


def second_name(key):
    client = connect()
    store = client
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        store.decr(key)
