import boto3
import faust
import kombu
import pika
import redis
from aio_pika.abc import AbstractIncomingMessage
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from chalice import Chalice
from confluent_kafka import Consumer
from faststream.rabbit import RabbitBroker
from google.cloud import pubsub_v1
from kafka import KafkaConsumer

db = redis.Redis()
channel = pika.BlockingConnection().channel()
broker = RabbitBroker()
streams = faust.App("shop")
api = Chalice(app_name="shop")
processor = BatchProcessor(event_type=EventType.SQS)


def committed_last():
    consumer = Consumer({"group.id": "shop", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        db.incr("orders")  # expect: FEN301
        consumer.commit(message)


def by_the_clock():
    for message in KafkaConsumer("orders", group_id="shop"):
        db.incrby("items", message.value["items"])  # expect: FEN301


def on_delivery(ch, method, properties, body):
    db.incr("orders")  # expect: FEN301
    ch.basic_ack(method.delivery_tag)


channel.basic_consume("orders", on_delivery)


async def on_message(message: AbstractIncomingMessage):
    async with message.process():
        db.incr("orders")  # expect: FEN301


async def main(queue):
    import aio_pika

    connection = await aio_pika.connect_robust("amqp://rabbit/")
    channel = await connection.channel()
    queue = await channel.declare_queue("orders")
    await queue.consume(on_message)


def on_task(body, message):
    db.incr("orders")  # expect: FEN301
    message.ack()


def run(connection):
    with kombu.Consumer(connection, ["orders"], callbacks=[on_task]):
        connection.drain_events()


def callback(message):
    db.incr("orders")  # expect: FEN301
    message.ack()


pubsub_v1.SubscriberClient().subscribe("orders", callback=callback)


@broker.subscriber("orders")
async def handle(body):
    db.incr("orders")  # expect: FEN301


@streams.agent("orders")
async def agent(orders):
    async for order in orders:
        db.incr("orders")  # expect: FEN301


def handler(event, context):
    for record in event["Records"]:
        db.incr("orders")  # expect: FEN301


@api.on_sqs_message(queue="orders")
def on_sqs(event):
    for record in event:
        db.incr("orders")  # expect: FEN301


def one(record):
    db.incr("orders")  # expect: FEN301


def in_batches(event, context):
    return process_partial_response(event=event, record_handler=one, processor=processor, context=context)


def deleted_last():
    sqs = boto3.client("sqs")
    for message in sqs.receive_message(QueueUrl="orders")["Messages"]:
        db.incr("orders")  # expect: FEN301
        sqs.delete_message(QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])


def from_a_stream():
    while True:
        for _, entries in db.xreadgroup("shop", "one", {"orders": ">"}):
            for ident, _ in entries:
                db.incr("orders")  # expect: FEN301
                db.xack("orders", "shop", ident)
