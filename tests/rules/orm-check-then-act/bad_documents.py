"""Documents of MongoDB and items of DynamoDB that are decided on and then changed."""

import boto3
import stripe
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient

db = MongoClient().shop
motor = AsyncIOMotorClient().shop
table = boto3.resource("dynamodb").Table("products")
client = boto3.client("dynamodb")


def reserve(sku, n):
    product = db.products.find_one({"_id": sku})  # expect: FEN204 "products.stock"
    if product is None or product["stock"] < n:
        return False
    db.products.update_one({"_id": sku}, {"$inc": {"stock": -n}})
    return True


async def pay(order_id):
    order = await motor.orders.find_one({"_id": order_id})  # expect: FEN204 "orders.state"
    if order["state"] == "new":
        await motor.orders.update_one({"_id": order_id}, {"$set": {"state": "paid"}})
        stripe.Charge.create(amount=order["total"])


def reserve_item(sku, n):
    item = table.get_item(Key={"sku": sku}, ConsistentRead=True)["Item"]  # expect: FEN204 "stock"
    if item["stock"] >= n:
        table.update_item(
            Key={"sku": sku},
            UpdateExpression="SET stock = stock - :n",
            ExpressionAttributeValues={":n": n},
        )
        return True
    return False


def reserve_by_the_client(sku):
    answer = client.get_item(TableName="products", Key={"sku": {"S": sku}})  # expect: FEN204 "products.stock"
    if int(answer["Item"]["stock"]["N"]) > 0:
        client.update_item(
            TableName="products",
            Key={"sku": {"S": sku}},
            UpdateExpression="ADD stock :n",
            ExpressionAttributeValues={":n": {"N": "-1"}},
        )
        return True
    return False
