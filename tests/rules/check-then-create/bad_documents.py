"""Documents of MongoDB and items of DynamoDB that are looked for and then created."""

import boto3
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient

db = MongoClient().shop
motor = AsyncIOMotorClient().shop
table = boto3.resource("dynamodb").Table("claims")


def register(email):
    if db.users.find_one({"email": email}) is None:  # expect: FEN205 "users(email)"
        db.users.insert_one({"email": email, "orders": 0})


def register_once(email):
    if db.users.count_documents({"email": email}) == 0:  # expect: FEN205 "users(email)"
        db.users.insert_one({"email": email})


async def register_awaited(email):
    found = await motor.users.find_one({"email": email})  # expect: FEN205
    if found:
        return found["_id"]
    return await motor.users.insert_one({"email": email})


def claim(order_id, worker):
    answer = table.get_item(Key={"order": order_id})  # expect: FEN205
    if "Item" not in answer:
        table.put_item(Item={"order": order_id, "worker": worker})
        return True
    return False


def claim_otherwise(order_id, worker):
    if not table.get_item(Key={"order": order_id}).get("Item"):  # expect: FEN205
        table.put_item(Item={"order": order_id, "worker": worker})
        return True
    return False
