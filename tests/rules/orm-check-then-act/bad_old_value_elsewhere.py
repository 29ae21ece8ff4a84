"""The new value is compared with the old one, and another row gets something made of the old one."""

from django.db import models
from django.db.models import F


class Stock(models.Model):
    sku = models.CharField(max_length=20, unique=True)
    free = models.IntegerField()
    last = models.IntegerField()


class Line(models.Model):
    sku = models.CharField(max_length=20)
    count = models.IntegerField()
    state = models.CharField(max_length=10)


def change_count(line_id, count):
    line = Line.objects.get(pk=line_id)  # expect: FEN204
    if line.count != count:
        Stock.objects.filter(sku=line.sku).update(free=F("free") - (count - line.count))
        line.count = count
        line.save(update_fields=["count"])


def keep_the_old(line_id, count):
    line = Line.objects.get(pk=line_id)  # expect: FEN204
    if line.count != count:
        Stock.objects.filter(sku=line.sku).update(last=line.count)
        line.count = count
        line.save(update_fields=["count"])


def take_it_once(line_id):
    line = Line.objects.get(pk=line_id)  # expect: FEN204
    if line.state != "taken":
        Stock.objects.filter(sku=line.sku).update(free=F("free") - 1)
        line.state = "taken"
        line.save(update_fields=["state"])


def claim(line_id):
    line = Line.objects.get(pk=line_id)  # expect: FEN204
    if line.state == "taken":
        return False
    line.state = "taken"
    line.save(update_fields=["state"])
    return True


def refuse_the_second(line_id, state):
    line = Line.objects.get(pk=line_id)  # expect: FEN204
    if line.state == "taken":
        raise ValueError(line_id)
    line.state = state
    line.save(update_fields=["state"])
