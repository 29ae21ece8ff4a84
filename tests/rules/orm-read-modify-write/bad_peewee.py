"""Rows of Peewee that are read, computed from and saved."""

import peewee as pw
from peewee import CharField, IntegerField, Model, PostgresqlDatabase

db = PostgresqlDatabase("shop")


class BaseModel(Model):
    class Meta:
        database = db


class Product(BaseModel):
    sku = CharField(unique=True)
    stock = IntegerField()


class Counter(pw.Model):
    name = pw.CharField(primary_key=True)
    n = pw.IntegerField(default=0)


def take(product_id, n):
    product = Product.get_by_id(product_id)  # expect: FEN203 "Product.stock"
    product.stock -= n
    product.save()


def take_in_a_transaction(sku, n):
    with db.atomic():
        product = Product.get(Product.sku == sku)  # expect: FEN203 "Product.stock"
        product.stock = product.stock - n
        product.save(only=[Product.stock])


@db.atomic()
def take_by_a_statement(sku, n):
    product = Product.select().where(Product.sku == sku).get()  # expect: FEN203
    Product.update(stock=product.stock - n).where(Product.sku == sku).execute()


def take_by_a_dict(sku, n):
    product = Product.get_or_none(Product.sku == sku)  # expect: FEN203
    if product:
        Product.update({Product.stock: product.stock - n}).where(Product.sku == sku).execute()


def set_by_key(product_id):
    product = Product.get_by_id(product_id)  # expect: FEN203
    Product.set_by_id(product_id, {"stock": product.stock - 1})


def count(name):
    counter = Counter.get(Counter.name == name)  # expect: FEN203 "Counter.n"
    counter.n += 1
    counter.save()
