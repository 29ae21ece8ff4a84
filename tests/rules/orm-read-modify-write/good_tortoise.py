"""Rows of Tortoise that are changed by the database, under a lock, or without having been computed from."""

from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model
from tortoise.transactions import atomic, in_transaction


class Product(Model):
    sku = fields.CharField(max_length=20, unique=True)
    stock = fields.IntField()
    title = fields.CharField(max_length=200)


async def in_the_database(product_id, n):
    return await Product.filter(id=product_id, stock__gte=n).update(stock=F("stock") - n)


async def expression_on_the_row(product_id, n):
    product = await Product.get(id=product_id)
    product.stock = F("stock") - n
    await product.save(update_fields=["stock"])


async def locked(product_id, n):
    async with in_transaction() as connection:
        product = await Product.select_for_update().using_db(connection).get(id=product_id)
        product.stock -= n
        await product.save(using_db=connection)


@atomic()
async def locked_by_the_queryset(sku, n):
    product = await Product.filter(sku=sku).select_for_update().first()
    if product is not None:
        product.stock -= n
        await product.save(update_fields=["stock"])


async def not_computed(product_id, title):
    product = await Product.get(id=product_id)
    product.title = title
    await product.save(update_fields=["title"])
