"""Rows of Peewee that are changed by the database, under a lock, or without having been computed from."""

from peewee import CharField, IntegerField, Model, PostgresqlDatabase

db = PostgresqlDatabase("shop")


class Product(Model):
    sku = CharField(unique=True)
    stock = IntegerField()
    title = CharField()

    class Meta:
        database = db


def in_the_database(sku, n):
    query = Product.update(stock=Product.stock - n).where((Product.sku == sku) & (Product.stock >= n))
    return query.execute() == 1


def by_a_dict(product_id):
    return Product.update({Product.stock: Product.stock + 1}).where(Product.id == product_id).execute()


def expression_on_the_row(product_id):
    product = Product.get_by_id(product_id)
    product.stock = Product.stock - 1
    product.save(only=[Product.stock])


def locked(sku, n):
    with db.atomic():
        product = Product.select().where(Product.sku == sku).for_update().get()
        product.stock -= n
        product.save()


@db.atomic()
def locked_without_waiting(sku, n):
    product = Product.select().where(Product.sku == sku).for_update(nowait=True).first()
    if product is not None:
        product.stock -= n
        product.save()


def not_computed(product_id, title):
    product = Product.get_by_id(product_id)
    product.title = title
    product.save(only=[Product.title])
