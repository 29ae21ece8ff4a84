"""Tortoise and peewee."""

import peewee
from tortoise import fields
from tortoise.models import Model

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
    product.stock = product.stock - n
    await product.save()


async def take_and_tell(product_id, n):
    product = await Product.get(id=product_id)
    product.stock -= n
    await product.save(update_fields=["stock"])
    return product.stock


def take_item(item_id, n):
    item = Item.get_by_id(item_id)
    item.stock -= n
    item.save()
