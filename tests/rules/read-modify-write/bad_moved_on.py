"""What is set back was found by what was read, and is another: a cursor that moves on, a document with more in it."""

import json

import redis
from django.db import models

client = redis.Redis()


class Event(models.Model):
    name = models.CharField(max_length=40)


def next_event():
    last = int(client.get("cursor") or 0)  # expect: FEN202
    event = Event.objects.filter(pk__gt=last).first()
    client.set("cursor", event.pk)
    return event


def note(name, word):
    basket = json.loads(client.get(f"basket:{name}"))  # expect: FEN202
    basket.append(word)
    client.set(f"basket:{name}", json.dumps(basket))


def all_of(name, words):
    basket = json.loads(client.get(f"basket:{name}"))  # expect: FEN202
    for word in words:
        basket[word] = True
    client.set(f"basket:{name}", json.dumps(basket))
