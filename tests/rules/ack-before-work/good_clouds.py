import boto3
import redis
from azure.servicebus.aio import ServiceBusClient
from google.cloud import pubsub_v1

db = redis.Redis()
sqs = boto3.client("sqs")
dynamodb = boto3.client("dynamodb")


def deleted_last():
    while True:
        for message in sqs.receive_message(QueueUrl="orders").get("Messages", []):
            db.sadd("orders", message["Body"])
            sqs.delete_message(QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])


def deleted_together():
    messages = sqs.receive_message(QueueUrl="orders", MaxNumberOfMessages=10)["Messages"]
    for message in messages:
        db.sadd("orders", message["Body"])
    sqs.delete_message_batch(QueueUrl="orders", Entries=[{"Id": m["MessageId"]} for m in messages])


def resource(queue_name):
    queue = boto3.resource("sqs").get_queue_by_name(QueueName=queue_name)
    for message in queue.receive_messages(WaitTimeSeconds=10):
        db.sadd("orders", message.body)
        message.delete()


def callback(message):
    db.sadd("orders", message.data)
    message.ack()


def run():
    subscriber = pubsub_v1.SubscriberClient()
    subscriber.subscribe("orders", callback).result()


async def azure():
    async with ServiceBusClient.from_connection_string("Endpoint=x") as client:
        receiver = client.get_queue_receiver("orders")
        async with receiver:
            async for message in receiver:
                db.sadd("orders", str(message))
                await receiver.complete_message(message)
