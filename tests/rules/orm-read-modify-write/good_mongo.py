"""Documents of MongoDB that the server changes, that are changed only as they were read, or in a transaction."""

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient, ReturnDocument

client = MongoClient("mongodb://localhost")
db = client.shop
motor = AsyncIOMotorClient()["shop"]


def in_the_database(sku, n):
    db.products.update_one({"_id": sku}, {"$inc": {"stock": -n}})


def changed_and_returned(sku, n):
    product = db.products.find_one_and_update(
        {"_id": sku, "stock": {"$gte": n}}, {"$inc": {"stock": -n}}, return_document=ReturnDocument.AFTER
    )
    return None if product is None else product["stock"]


def by_version(sku, n):
    while True:
        product = db.products.find_one({"_id": sku})
        done = db.products.update_one(
            {"_id": sku, "version": product["version"]},
            {"$set": {"stock": product["stock"] - n}, "$inc": {"version": 1}},
        )
        if done.modified_count == 1:
            return


def by_an_expression_of_the_server(sku, rate):
    db.products.update_one({"_id": sku}, [{"$set": {"gross": {"$multiply": ["$net", rate]}}}])


def in_a_transaction(sku, n):
    with client.start_session() as session, session.start_transaction():
        product = db.products.find_one({"_id": sku}, session=session)
        db.products.update_one({"_id": sku}, {"$set": {"stock": product["stock"] - n}}, session=session)


def in_a_transaction_that_is_run_again(sku, n):
    def change(session):
        product = db.products.find_one({"_id": sku}, session=session)
        db.products.update_one({"_id": sku}, {"$set": {"stock": product["stock"] - n}}, session=session)

    with client.start_session() as session:
        session.with_transaction(change)


async def in_a_transaction_of_motor(sku, n):
    async with await motor.client.start_session() as session:
        async with session.start_transaction():
            product = await motor.products.find_one({"_id": sku}, session=session)
            await motor.products.replace_one({"_id": sku}, {**product, "stock": product["stock"] - n}, session=session)


def another_item(sku, rate):
    product = db.products.find_one({"_id": sku})
    db.products.update_one({"_id": sku}, {"$set": {"gross": product["net"] * rate}})


def not_computed(sku, title):
    if db.products.find_one({"_id": sku}) is not None:
        db.products.update_one({"_id": sku}, {"$set": {"title": title}})


def members(sku, tag):
    product = db.products.find_one({"_id": sku})
    db.products.update_one({"_id": product["_id"]}, {"$addToSet": {"tags": tag}})
