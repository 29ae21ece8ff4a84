"""Items of DynamoDB that the store changes, or that are written only as they were read."""

import boto3
from botocore.exceptions import ClientError

table = boto3.resource("dynamodb").Table("products")
client = boto3.client("dynamodb")


def in_the_store(sku, n):
    table.update_item(
        Key={"sku": sku}, UpdateExpression="ADD stock :n", ExpressionAttributeValues={":n": -n}, ReturnValues="UPDATED_NEW"
    )


def by_version(sku, n):
    while True:
        item = table.get_item(Key={"sku": sku}, ConsistentRead=True)["Item"]
        try:
            table.update_item(
                Key={"sku": sku},
                UpdateExpression="SET stock = :stock, version = :next",
                ConditionExpression="version = :version",
                ExpressionAttributeValues={
                    ":stock": item["stock"] - n,
                    ":version": item["version"],
                    ":next": item["version"] + 1,
                },
            )
        except ClientError:
            continue
        return


def put_if_unchanged(sku, n):
    item = table.get_item(Key={"sku": sku})["Item"]
    seen = item["version"]
    item["stock"] -= n
    item["version"] += 1
    table.put_item(Item=item, ConditionExpression="version = :seen", ExpressionAttributeValues={":seen": seen})


def all_or_nothing(sku, n):
    item = client.get_item(TableName="products", Key={"sku": {"S": sku}})["Item"]
    left = int(item["stock"]["N"]) - n
    client.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": "products",
                    "Key": {"sku": {"S": sku}},
                    "UpdateExpression": "SET stock = :stock",
                    "ConditionExpression": "version = :version",
                    "ExpressionAttributeValues": {":stock": {"N": str(left)}, ":version": item["version"]},
                }
            }
        ]
    )


def another_item(sku, rate):
    item = table.get_item(Key={"sku": sku})["Item"]
    table.update_item(
        Key={"sku": sku},
        UpdateExpression="SET gross = :gross",
        ExpressionAttributeValues={":gross": item["net"] * rate},
    )
