"""Rows of Tortoise and Peewee whose change is conditional, or that are locked while they are decided on."""

import peewee
import stripe
from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model
from tortoise.transactions import in_transaction

db = peewee.PostgresqlDatabase("shop")


class Order(Model):
    state = fields.CharField(max_length=10)
    total = fields.IntField()


class Product(peewee.Model):
    sku = peewee.CharField(unique=True)
    stock = peewee.IntegerField()


async def ship(order_id):
    won = await Order.filter(id=order_id, state="paid").update(state="shipped")
    if won:
        order = await Order.get(id=order_id)
        stripe.Charge.create(amount=order.total)


async def ship_locked(order_id):
    async with in_transaction():
        order = await Order.select_for_update().get(id=order_id)
        if order.state == "paid":
            order.state = "shipped"
            await order.save(update_fields=["state"])


async def give_out(order_id, limit):
    return await Order.filter(id=order_id, total__lt=limit).update(total=F("total") + 1)


def reserve(sku, n):
    query = Product.update(stock=Product.stock - n).where(Product.sku == sku, Product.stock >= n)
    return query.execute() > 0


def reserve_locked(sku, n):
    with db.atomic():
        product = Product.select().where(Product.sku == sku).for_update().get()
        if product.stock >= n:
            product.stock -= n
            product.save()
