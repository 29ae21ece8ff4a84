import aioboto3
import boto3
import redis
from azure.servicebus import ServiceBusClient, ServiceBusReceiveMode
from google.cloud import pubsub_v1

db = redis.Redis()
sqs = boto3.client("sqs", region_name="eu-west-1")
session = boto3.session.Session()
QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/orders"


def deleted_first():
    while True:
        answer = sqs.receive_message(QueueUrl=QUEUE, WaitTimeSeconds=20)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
            db.sadd("orders", message["Body"])


def resource():
    queue = session.resource("sqs").get_queue_by_name(QueueName="orders")
    for message in queue.receive_messages(MaxNumberOfMessages=10):
        message.delete()
        db.sadd("orders", message.body)


async def asynchronous():
    async with aioboto3.Session().client("sqs") as client:
        answer = await client.receive_message(QueueUrl=QUEUE)
        for message in answer["Messages"]:
            await client.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
            db.sadd("orders", message["Body"])


def callback(message):
    message.ack()
    db.sadd("orders", message.data)


subscriber = pubsub_v1.SubscriberClient()
subscriber.subscribe("projects/shop/subscriptions/orders", callback=callback)


def pulled():
    answer = subscriber.pull(request={"subscription": "orders", "max_messages": 10})
    for received in answer.received_messages:
        subscriber.acknowledge(request={"subscription": "orders", "ack_ids": [received.ack_id]})
        db.sadd("orders", received.message.data)


def deleting():
    client = ServiceBusClient.from_connection_string("Endpoint=x")
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    with client, client.get_queue_receiver("orders", receive_mode=mode) as receiver:
        for message in receiver:
            db.sadd("orders", str(message))


def completed_first():
    with ServiceBusClient.from_connection_string("Endpoint=x") as client:
        with client.get_subscription_receiver("orders", "shop") as receiver:
            for message in receiver.receive_messages(max_message_count=10):
                receiver.complete_message(message)
                db.sadd("orders", str(message))
