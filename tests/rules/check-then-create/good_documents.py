"""Documents of MongoDB and items of DynamoDB that are created at one moment, or whose second creation is refused."""

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

db = MongoClient().shop
table = boto3.resource("dynamodb").Table("claims")


def register(email):
    if db.users.find_one({"email": email}) is not None:
        return False
    try:
        db.users.insert_one({"email": email})
    except DuplicateKeyError:
        return False
    return True


def register_at_one_moment(email):
    db.users.update_one({"email": email}, {"$setOnInsert": {"orders": 0}}, upsert=True)


def claim(order_id, worker):
    if "Item" in table.get_item(Key={"order": order_id}):
        return False
    try:
        table.put_item(Item={"order": order_id, "worker": worker}, ConditionExpression="attribute_not_exists(#o)")
    except ClientError:
        return False
    return True


def claim_without_a_look(order_id, worker):
    try:
        table.put_item(
            Item={"order": order_id, "worker": worker}, ConditionExpression=Attr("order").not_exists()
        )
    except ClientError:
        return False
    return True
