# unsafe
"""A save of one column leaves out what a save of all sets."""

from django.db import models


class Stamped(models.Model):
    hits = models.IntegerField(default=0)
    changed = models.DateTimeField(auto_now=True)


def stamped(pk):
    row = Stamped.objects.get(pk=pk)
    row.hits = models.F("hits") + 1
    row.save(update_fields=["changed", "hits"])
