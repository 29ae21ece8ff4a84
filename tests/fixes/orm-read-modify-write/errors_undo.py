"""What was saved first is no longer kept when an error follows."""

from django.db import models


class Counter(models.Model):
    value = models.IntegerField(default=0)


def saved_twice(pk):
    counter = Counter.objects.get(pk=pk)
    counter.value += 1
    counter.save(update_fields=["value"])
    counter.save(update_fields=["value"])
