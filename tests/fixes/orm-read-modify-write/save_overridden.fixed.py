"""The class has a save() of its own: the column stays a number, the row is locked."""

from django.db import models, transaction


class Careful(models.Model):
    hits = models.IntegerField(default=0)

    def save(self, *args, **kwargs):
        self.full_clean()
        super().save(*args, **kwargs)


def careful(pk):
    with transaction.atomic():
        row = Careful.objects.select_for_update().get(pk=pk)
        row.hits += 1
        row.save()
