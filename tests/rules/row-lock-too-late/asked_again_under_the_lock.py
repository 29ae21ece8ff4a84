"""A look without the lock spares most runs the lock; who takes it looks again."""

import requests
from django.db import models, transaction


class Pass(models.Model):
    holder = models.IntegerField(unique=True)
    code = models.CharField(max_length=40, blank=True)
    until = models.IntegerField(default=0)


def renewed(known, params):
    answer = requests.post("https://passes.example", data=params, timeout=5).json()
    known.code = answer["code"]
    known.until = answer["until"]
    known.save()
    return known


def valid(holder, moment):
    found = Pass.objects.get(holder=holder)
    if found.until > moment:
        return found
    with transaction.atomic():
        found = Pass.objects.select_for_update().get(holder=holder)
        if found.until > moment:
            return found
        return renewed(found, {"code": found.code})


def valid_without_second_look(holder, moment):
    found = Pass.objects.get(holder=holder)
    if found.until > moment:
        return found
    with transaction.atomic():
        found = Pass.objects.select_for_update().get(holder=holder)  # expect: FEN209
        return renewed(found, {"code": holder})


def told_before_second_look(holder, moment):
    found = Pass.objects.get(holder=holder)
    if found.until > moment:
        return found
    requests.post("https://mail.example", data={"holder": holder}, timeout=5)
    with transaction.atomic():
        found = Pass.objects.select_for_update().get(holder=holder)  # missed-alarm: FEN209
        if found.until > moment:
            return found
        return renewed(found, {"code": found.code})
