"""Rows of Tortoise and Peewee that are decided on and then changed."""

import peewee
import stripe
from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model


class Order(Model):
    state = fields.CharField(max_length=10)
    total = fields.IntField()


class Product(peewee.Model):
    sku = peewee.CharField(unique=True)
    stock = peewee.IntegerField()


async def ship(order_id):
    order = await Order.get(id=order_id)  # expect: FEN204 "Order.state"
    if order.state == "paid":
        order.state = "shipped"
        await order.save(update_fields=["state"])
        stripe.Charge.create(amount=order.total)


async def give_out(order_id, limit):
    order = await Order.get(id=order_id)  # expect: FEN204 "Order.total"
    if order.total < limit:
        await Order.filter(id=order_id).update(total=F("total") + 1)


def reserve(sku, n):
    product = Product.get_or_none(Product.sku == sku)  # expect: FEN204 "Product.stock"
    if product is not None and product.stock >= n:
        Product.update({Product.stock: Product.stock - n}).where(Product.sku == sku).execute()
        return True
    return False
