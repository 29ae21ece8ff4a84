"""What takes a message gives it with what is in it, or twice None where there is none."""

import json

import redis
import requests

client = redis.Redis()


class Message:
    def __init__(self, client, ident, payload):
        self.__client = client
        self.__ident = ident
        self.__body = json.loads(payload["message"])

    def ack(self):
        self.__client.xack("orders", "workers", self.__ident)

    def body(self):
        return self.__body


def take(consumer):
    found = client.xreadgroup(groupname="workers", consumername=consumer, count=1, streams={"orders": ">"})
    if not found:
        return None, None
    stream, messages = found[0]
    if not messages:
        return None, None
    ident, payload = messages[0]
    message = Message(client, ident, payload)
    return message, message.body()


def charge_all(consumer):
    while True:
        message, order = take(consumer)
        if not order:
            continue
        requests.post("https://pay.example/charges", json={"order": order["id"]}, timeout=5)  # expect: FEN301
        message.ack()


def put_all(consumer):
    while True:
        message, order = take(consumer)
        if not order:
            continue
        requests.put(f"https://stock.example/orders/{order['id']}", json={"state": "seen"}, timeout=5)
        message.ack()


def charge_once(consumer):
    while True:
        message, order = take(consumer)
        if not order:
            continue
        headers = {"Idempotency-Key": str(order["id"])}
        requests.post("https://pay.example/charges", json={"order": order["id"]}, headers=headers, timeout=5)
        message.ack()
