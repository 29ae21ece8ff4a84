# unsafe
"""What was saved first is no longer kept when an error follows."""

from django.db import models, transaction


class Counter(models.Model):
    value = models.IntegerField(default=0)


def saved_twice(pk):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.value += 1
        counter.save(update_fields=["value"])
        counter.save(update_fields=["value"])
