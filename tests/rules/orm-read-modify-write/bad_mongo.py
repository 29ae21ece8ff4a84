"""Documents of MongoDB that are read, computed from and written back."""

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import AsyncMongoClient, MongoClient
from pymongo.collection import Collection

client = MongoClient("mongodb://localhost")
db = client.shop
products = client["shop"]["products"]
motor = AsyncIOMotorClient()["shop"]


def take(sku, n):
    product = db.products.find_one({"_id": sku})  # expect: FEN203 "products.stock"
    db.products.update_one({"_id": sku}, {"$set": {"stock": product["stock"] - n}})


def take_and_replace(sku, n):
    product = products.find_one({"sku": sku})  # expect: FEN203 "stock"
    product["stock"] -= n
    products.replace_one({"_id": product["_id"]}, product)


def take_by_id(product_id, n):
    product = db.get_collection("products").find_one({"_id": ObjectId(product_id)})  # expect: FEN203
    stock = product.get("stock", 0) - n
    db.get_collection("products").update_one({"_id": ObjectId(product_id)}, {"$set": {"stock": stock}})


def take_from_the_document(collection: Collection, sku, n):
    product = collection.find_one({"sku": sku})  # expect: FEN203
    if product is None:
        return
    product["stock"] = product["stock"] - n
    collection.update_one({"sku": sku}, {"$set": product})


def take_each(shop):
    for product in db.products.find({"shop": shop}).sort("sku"):  # expect: FEN203
        db.products.update_one({"_id": product["_id"]}, {"$set": {"stock": product["stock"] + 1}})


def make_or_change(page):
    counter = db.counters.find_one({"page": page}) or {"n": 0}  # expect: FEN203
    db.counters.update_one({"page": page}, {"$set": {"n": counter["n"] + 1}}, upsert=True)


async def awaited(sku, n):
    product = await motor.products.find_one({"_id": sku})  # expect: FEN203
    await motor.products.update_one({"_id": sku}, {"$set": {"stock": product["stock"] - n}})


async def awaited_by_pymongo(sku, n):
    shop = AsyncMongoClient().get_database("shop")
    product = await shop.products.find_one({"_id": sku})  # expect: FEN203
    await shop.products.find_one_and_update({"_id": sku}, {"$set": {"stock": product["stock"] - n}})


async def handed_in(shop: AsyncIOMotorDatabase, sku, n):
    product = await shop["products"].find_one({"_id": sku})  # expect: FEN203
    await shop["products"].update_one({"_id": sku}, {"$set": {"stock": product["stock"] - n}})
