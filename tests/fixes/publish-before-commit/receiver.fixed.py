# unsafe
from functools import partial

from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Picture(models.Model):
    file = models.FileField()


@receiver(post_delete, sender=Picture)
def remove_file(sender, instance, **kwargs):
    transaction.on_commit(partial(instance.file.delete, save=False))
