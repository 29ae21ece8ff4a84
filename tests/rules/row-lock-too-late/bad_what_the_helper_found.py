"""A helper looks at the row under a lock of its own and says what it found; the caller acts on that when it is over."""

from django.db import models, transaction


class Pass(models.Model):
    holder = models.IntegerField(unique=True)
    used = models.BooleanField(default=False)


class Entrance(models.Model):
    holder = models.IntegerField()


@transaction.atomic
def unused(holder):
    known = Pass.objects.select_for_update().get(holder=holder)  # expect: FEN209
    if known.used:
        return None
    return known


def enter(holder):
    if unused(holder) is None:
        raise ValueError("used")
    Entrance.objects.create(holder=holder)
    Pass.objects.filter(holder=holder).update(used=True)
