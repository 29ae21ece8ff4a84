"""Tortoise and peewee."""

import peewee
from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model
from tortoise.transactions import in_transaction

db = peewee.SqliteDatabase("shop.db")


class Product(Model):
    id = fields.IntField(primary_key=True)
    stock = fields.IntField()


class Item(peewee.Model):
    stock = peewee.IntegerField()

    class Meta:
        database = db


async def take(product_id, n):
    product = await Product.get(id=product_id)
    product.stock = F("stock") - n
    await product.save(update_fields=["stock"])


async def take_and_tell(product_id, n):
    async with in_transaction():
        product = await Product.select_for_update().get(id=product_id)
        product.stock -= n
        await product.save(update_fields=["stock"])
    return product.stock


def take_item(item_id, n):
    item = Item.get_by_id(item_id)
    item.stock = Item.stock - n
    item.save()
