"""Items of DynamoDB that are read, computed from and written back."""

import aioboto3
import boto3

table = boto3.resource("dynamodb").Table("products")
client = boto3.client("dynamodb")
session = boto3.Session()


def take(sku, n):
    item = table.get_item(Key={"sku": sku})["Item"]  # expect: FEN203 "stock"
    table.update_item(
        Key={"sku": sku},
        UpdateExpression="SET stock = :stock",
        ExpressionAttributeValues={":stock": item["stock"] - n},
    )


def take_and_put(sku, n):
    item = table.get_item(Key={"sku": sku}).get("Item")  # expect: FEN203
    item["stock"] -= n
    table.put_item(Item=item)


def take_and_put_a_copy(sku, n):
    answer = table.get_item(Key={"sku": sku})  # expect: FEN203
    item = answer["Item"]
    table.put_item(Item={**item, "stock": item["stock"] - n})


def take_and_put_anew(sku, n):
    answer = session.resource("dynamodb").Table("products").get_item(Key={"sku": sku})  # expect: FEN203
    left = answer["Item"]["stock"] - n
    session.resource("dynamodb").Table("products").put_item(Item={"sku": sku, "stock": left})


def by_the_client(sku, n):
    item = client.get_item(TableName="products", Key={"sku": {"S": sku}})["Item"]  # expect: FEN203 "products.stock"
    left = int(item["stock"]["N"]) - n
    client.update_item(
        TableName="products",
        Key={"sku": {"S": sku}},
        UpdateExpression="SET #stock = :stock",
        ExpressionAttributeNames={"#stock": "stock"},
        ExpressionAttributeValues={":stock": {"N": str(left)}},
    )


async def awaited(sku, n):
    async with aioboto3.Session().client("dynamodb") as store:
        answer = await store.get_item(TableName="products", Key={"sku": {"S": sku}})  # expect: FEN203
        left = int(answer["Item"]["stock"]["N"]) - n
        await store.put_item(TableName="products", Item={"sku": {"S": sku}, "stock": {"N": str(left)}})
