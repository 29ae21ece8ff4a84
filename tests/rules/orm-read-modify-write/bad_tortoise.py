"""Rows of Tortoise that are read, computed from and saved."""

from tortoise import fields, models
from tortoise.models import Model
from tortoise.transactions import atomic, in_transaction


class Product(Model):
    id = fields.IntField(primary_key=True)
    sku = fields.CharField(max_length=20, unique=True)
    stock = fields.IntField()


class Account(models.Model):
    balance = fields.DecimalField(max_digits=12, decimal_places=2)


async def take(product_id, n):
    product = await Product.get(id=product_id)  # expect: FEN203 "Product.stock"
    product.stock = product.stock - n
    await product.save()


async def take_the_first(sku, n):
    product = await Product.filter(sku=sku).first()  # expect: FEN203 "Product.stock"
    if product is None:
        return
    product.stock -= n
    await product.save(update_fields=["stock"])


async def a_transaction_locks_nothing(product_id, n):
    async with in_transaction() as connection:
        product = await Product.get(id=product_id, using_db=connection)  # expect: FEN203
        product.stock -= n
        await product.save(using_db=connection)


@atomic()
async def nor_does_the_decorator(product_id, n):
    product = await Product.get_or_none(id=product_id)  # expect: FEN203
    if product is not None:
        await Product.filter(id=product_id).update(stock=product.stock - n)


async def deposit(account: Account, amount):
    account.balance = account.balance + amount  # expect: FEN203 "Account.balance"
    await account.save()


async def each(skus):
    for product in await Product.filter(sku__in=skus):  # expect: FEN203 "Product.stock"
        product.stock = product.stock + 1
        await product.save()
