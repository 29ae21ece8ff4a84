import redis as r
from django_redis import get_redis_connection
from redis import Redis as R
from redis.asyncio import Redis as AsyncRedis

shared = r.from_url("redis://cache/0", socket_timeout=2)


class Attribute:
    def __init__(self):
        self.redis = r.Redis(host="cache", socket_timeout=2)

    def count(self, page):
        views = int(self.redis.get(page) or 0)  # expect: FEN202
        self.redis.set(page, views + 1)


class GivenAttribute:
    def __init__(self, client: R):
        self._client = client

    def count(self, page):
        views = int(self._client.hget("views", page) or 0)  # expect: FEN202
        self._client.hset("views", page, views + 1)


class ClassAttribute:
    client = R(host="cache", socket_timeout=2)

    @classmethod
    def count(cls, page):
        views = int(cls.client.get(page) or 0)  # expect: FEN202
        cls.client.set(page, views + 1)


class Column:
    """The key is kept on the instance."""

    def __init__(self, client: r.Redis, name: str):
        self.client = client
        self.name = name

    @property
    def value(self):
        return int(self.client.get(self.name) or 0)  # expect: FEN202

    @value.setter
    def value(self, value):
        self.client.set(self.name, value)

    def add(self, n):
        self.client.set(self.name, self.value + n)


def module_global(page):
    views = int(shared.get(page) or 0)  # expect: FEN202
    shared.set(page, views + 1)


def annotated_parameter(client: R, page: str):
    views = int(client.get(page) or 0)  # expect: FEN202
    client.set(page, views + 1)


def django_redis(page):
    connection = get_redis_connection("default")
    views = int(connection.get(page) or 0)  # expect: FEN202
    connection.set(page, views + 1)


async def async_parameter(client: AsyncRedis, page: str):
    views = int(await client.get(page) or 0)  # expect: FEN202
    await client.set(page, views + 1)


async def async_nested(client: AsyncRedis, page: str):
    await client.set(page, int(await client.get(page) or 0) + 1)  # expect: FEN202


class AsyncAttribute:
    def __init__(self):
        self.redis = AsyncRedis(host="cache", socket_timeout=2)

    async def count(self, page):
        views = await self.redis.hget("views", page)  # expect: FEN202
        await self.redis.hset("views", page, int(views or 0) + 1)
