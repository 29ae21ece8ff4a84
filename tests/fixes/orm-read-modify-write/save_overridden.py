"""The class has a save() of its own: the column stays a number, the row is locked."""

from django.db import models


class Careful(models.Model):
    hits = models.IntegerField(default=0)

    def save(self, *args, **kwargs):
        self.full_clean()
        super().save(*args, **kwargs)


def careful(pk):
    row = Careful.objects.get(pk=pk)
    row.hits += 1
    row.save()
