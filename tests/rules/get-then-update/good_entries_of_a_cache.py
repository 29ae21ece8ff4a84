"""Entries of a cache are filled on a miss, and others taken out: what is gone is computed again."""

from django.core.cache import cache
from django.db import models


class Token(models.Model):
    raw = models.CharField(max_length=40)
    owner = models.IntegerField()


def owner_of(raw, stored):
    known = cache.get(f"token:{raw}")
    if known:
        owner, token = known
        if token == stored.pk:
            return owner
        return None
    if stored.matches(raw):
        cache.set(f"token:{raw}", (stored.owner, stored.pk), 300)
        return stored.owner
    return None


def owners(raws):
    found = {}
    for stored in Token.objects.filter(raw__in=raws):
        owner = owner_of(stored.raw, stored)
        if owner:
            found[stored.raw] = owner
    for raw in raws:
        if raw not in found:
            cache.delete(f"rejected:{raw}")
    return found


def settings_of(tenant):
    settings = cache.get(f"settings:{tenant}")
    if settings is None:
        settings = load(tenant)
        cache.set(f"settings:{tenant}", settings)
        cache.delete(f"menu:{tenant}")
    return settings


def load(tenant):
    return {"tenant": tenant}
