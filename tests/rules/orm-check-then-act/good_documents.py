"""Documents of MongoDB and items of DynamoDB whose change is conditional."""

import boto3
import stripe
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError
from pymongo import MongoClient

db = MongoClient().shop
table = boto3.resource("dynamodb").Table("products")


def reserve(sku, n):
    return db.products.update_one({"_id": sku, "stock": {"$gte": n}}, {"$inc": {"stock": -n}}).modified_count == 1


def pay(order_id):
    order = db.orders.find_one_and_update({"_id": order_id, "state": "new"}, {"$set": {"state": "paid"}})
    if order is not None:
        stripe.Charge.create(amount=order["total"])


def looked_at_and_conditional(order_id):
    order = db.orders.find_one({"_id": order_id})
    if order["state"] != "new":
        return False
    done = db.orders.update_one({"_id": order_id, "state": "new"}, {"$set": {"state": "paid"}})
    return done.matched_count == 1


def reserve_item(sku, n):
    try:
        table.update_item(
            Key={"sku": sku},
            UpdateExpression="SET stock = stock - :n",
            ConditionExpression="stock >= :n",
            ExpressionAttributeValues={":n": n},
        )
    except ClientError:
        return False
    return True


def reserve_after_a_look(sku, n):
    item = table.get_item(Key={"sku": sku})["Item"]
    if item["stock"] < n:
        return False
    table.update_item(
        Key={"sku": sku},
        UpdateExpression="ADD stock :n",
        ConditionExpression=Attr("stock").gte(n),
        ExpressionAttributeValues={":n": -n},
    )
    return True
