"""A message that cannot be worked on is acknowledged, and the run goes no further with it."""

import json

import pika
import redis

client = redis.Redis()


class Message:
    def __init__(self, ident, payload):
        self.ident = ident
        self.payload = payload

    def ack(self):
        try:
            client.xack("orders", "workers", self.ident)
            return True
        except redis.RedisError as error:
            print(error)
        return False


def take():
    found = client.xreadgroup(groupname="workers", consumername="a", count=1, streams={"orders": ">"})
    if not found:
        return None
    _stream, messages = found[0]
    ident, payload = messages[0]
    return Message(ident, payload)


def collect():
    message = take()
    if not message:
        return None, None
    order = json.loads(message.payload["order"])
    if not order:
        message.ack()
        return None, None
    client.sadd("taken", order["id"])
    return message, order


def work_on_one():
    message, order = collect()
    if not order:
        return
    client.sadd("orders", order["id"])
    message.ack()


def work_on_all():
    while True:
        message = take()
        if message is None:
            continue
        if "order" not in message.payload:
            message.ack()
            continue
        client.sadd("orders", message.payload["order"])
        message.ack()


def on_order(channel, method, properties, body):
    if not body:
        channel.basic_ack(method.delivery_tag)
        return
    client.sadd("orders", body)
    channel.basic_ack(method.delivery_tag)


connection = pika.BlockingConnection()
connection.channel().basic_consume("orders", on_order)
