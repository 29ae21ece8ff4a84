"""What the model files say of stores, shown by the libraries themselves where a server comes with them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import peewee
import pymongo
import pytest
import redis
from pymemcache.client.base import Client as MemcacheClient
from pymemcache.client.base import PooledClient
from pymongo.collection import Collection
from tortoise import Tortoise, fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.models import Model as TortoiseModel

# ----------------------------------------------------------------------- Peewee

database = peewee.SqliteDatabase(None)


class Stock(peewee.Model):
    sku = peewee.CharField(unique=True)
    n = peewee.IntegerField(default=0)
    title = peewee.CharField(default="")

    class Meta:
        database = database


@pytest.fixture
def stocks(tmp_path: Path) -> Iterator[type[Stock]]:
    database.init(str(tmp_path / "stock.db"))
    with database:
        database.create_tables([Stock])
        Stock.create(sku="a", n=10)
        yield Stock
    database.close()


def test_peewee_saves_every_column_over_what_another_saved(stocks: type[Stock]):
    first, second = stocks.get(stocks.sku == "a"), stocks.get(stocks.sku == "a")
    first.n -= 1
    first.save()
    second.title = "changed"
    second.save()  # and with it the n that it had read
    assert stocks.get(stocks.sku == "a").n == 10
    first.save(only=[stocks.n])
    assert (stocks.get_by_id(first.id).n, stocks.get_by_id(first.id).title) == (9, "changed")


def test_peewee_lets_the_database_compute(stocks: type[Stock]):
    taken = stocks.update(n=stocks.n - 4).where(stocks.sku == "a", stocks.n >= 4)
    assert [taken.execute() for _ in range(3)] == [1, 1, 0]
    row = stocks.get(stocks.sku == "a")
    row.n = stocks.n + 5
    row.save(only=[stocks.n])
    assert stocks.get(stocks.sku == "a").n == 7


def test_peewee_relies_on_the_constraint(stocks: type[Stock]):
    row, is_new = stocks.get_or_create(sku="a", defaults={"n": 1})
    assert (row.n, is_new) == (10, False)
    with pytest.raises(peewee.IntegrityError), database.atomic():
        stocks.create(sku="a")
    stocks.insert(sku="a", n=0).on_conflict_ignore().execute()
    assert stocks.select().count() == 1
    with pytest.raises(stocks.DoesNotExist):
        stocks.get_by_id(99)
    assert stocks.get_or_none(stocks.sku == "z") is None


# --------------------------------------------------------------------- Tortoise


class Item(TortoiseModel):
    id = fields.IntField(primary_key=True)
    sku = fields.CharField(max_length=10, unique=True)
    n = fields.IntField(default=0)
    title = fields.CharField(max_length=10, default="")


def in_tortoise(work: object) -> None:
    """Runs an async function with a database in memory."""

    async def run() -> None:
        await Tortoise.init(db_url="sqlite://:memory:", modules={"models": [__name__]})
        await Tortoise.generate_schemas()
        await Item.create(sku="a", n=10)
        try:
            assert callable(work)
            await work()
        finally:
            await Tortoise.close_connections()

    asyncio.run(run())


def test_tortoise_saves_every_column_over_what_another_saved():
    async def work() -> None:
        first, second = await Item.get(sku="a"), await Item.get(sku="a")
        first.n -= 1
        await first.save()
        second.title = "changed"
        await second.save()
        assert (await Item.get(sku="a")).n == 10
        await first.save(update_fields=["n"])
        again = await Item.get(sku="a")
        assert (again.n, again.title) == (9, "changed")

    in_tortoise(work)


def test_tortoise_lets_the_database_compute():
    async def work() -> None:
        taken = [await Item.filter(sku="a", n__gte=4).update(n=F("n") - 4) for _ in range(3)]
        assert taken == [1, 1, 0]
        item = await Item.get(sku="a")
        item.n = F("n") + 5
        await item.save(update_fields=["n"])
        await item.refresh_from_db()
        assert item.n == 7

    in_tortoise(work)


def test_tortoise_relies_on_the_constraint():
    async def work() -> None:
        item, is_new = await Item.get_or_create(sku="a", defaults={"n": 1})
        assert (item.n, is_new) == (10, False)
        with pytest.raises(IntegrityError):
            await Item.create(sku="a")
        item, is_new = await Item.update_or_create(sku="a", defaults={"n": 3})
        assert (item.n, is_new) == (3, False)
        assert await Item.get_or_none(sku="z") is None

    in_tortoise(work)


# ------------------------------------------- by inspection: no server comes with them


def default(found: object, name: str) -> object:
    assert callable(found)
    return inspect.signature(found).parameters[name].default


@pytest.mark.parametrize("client", [MemcacheClient, PooledClient])
def test_pymemcache_does_not_wait_for_an_answer_unless_told_to(client: type):
    assert default(MemcacheClient, "default_noreply") is True
    assert default(client.add, "noreply") is None  # as the client
    assert default(client.cas, "noreply") is False
    assert default(client.incr, "noreply") is False


def test_mongo_gives_the_document_as_it_was_before():
    assert default(Collection.find_one_and_update, "return_document") is pymongo.ReturnDocument.BEFORE
    assert default(Collection.update_one, "upsert") is False


def test_redis_overwrites_and_keeps_for_ever_unless_told_to():
    assert default(redis.Redis.set, "nx") is False
    assert default(redis.Redis.set, "ex") is None
