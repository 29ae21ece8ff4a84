"""What is set back is what was read: kept for longer, or looked up by itself."""

import json
import pickle

import redis
from django.core.cache import cache
from django.db import models

client = redis.Redis()


class Member(models.Model):
    subject = models.CharField(max_length=40)


def keep(name):
    raw = client.get(f"basket:{name}")
    basket = json.loads(raw) if raw else {}
    client.set(f"basket:{name}", json.dumps(basket), ex=600)
    return basket


def kept(name):
    basket = pickle.loads(cache.get(f"basket:{name}"))
    cache.set(f"basket:{name}", pickle.dumps(basket), 600)
    return basket


def member(subject):
    known = cache.get(f"member:{subject}")
    wanted = {"subject": subject}
    if known:
        wanted = {"id": known}
    found = Member.objects.get(**wanted)
    cache.set(f"member:{subject}", found.id, 600)
    return found


def by_key(subject):
    found = Member.objects.get(pk=cache.get(f"member:{subject}"))
    cache.set(f"member:{subject}", found.pk, 600)
    return found
