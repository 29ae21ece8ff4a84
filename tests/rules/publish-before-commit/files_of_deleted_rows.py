"""A file goes at once, the row that it belongs to goes when the transaction commits, or stays."""

import os
from functools import partial

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver


class Picture(models.Model):
    file = models.FileField()
    path = models.CharField(max_length=200)
    thumbnail = models.CharField(max_length=200)


@receiver(post_delete, sender=Picture)
def remove_file(sender, instance, **kwargs):
    instance.file.delete(save=False)  # expect: FEN304 "brings the row back without its file"


@receiver(pre_delete, sender=Picture)
def remove_path(sender, instance, **kwargs):
    if os.path.isfile(instance.path):
        try:
            os.remove(instance.path)  # expect: FEN304
        except OSError:
            pass


def remove_thumbnail(instance, **kwargs):
    default_storage.delete(instance.thumbnail)  # expect: FEN304


def remove_by_flag(instance, **kwargs):
    instance.file.delete(False)  # expect: FEN304


def connect(model):
    post_delete.connect(remove_thumbnail, sender=model)
    post_delete.connect(remove_by_flag, sender=model)
    post_delete.connect(remove_when_committed, sender=model)
    post_save.connect(saved, sender=model)


def delete(picture_id):
    with transaction.atomic():
        picture = Picture.objects.get(pk=picture_id)
        os.remove(picture.path)  # expect: FEN304
        picture.delete()


# ---------------------------------------------------------------------- in order


@receiver(post_delete, sender=Picture)
def after_commit(sender, instance, **kwargs):
    transaction.on_commit(lambda: instance.file.delete(save=False))


def remove_when_committed(instance, **kwargs):
    transaction.on_commit(partial(default_storage.delete, instance.thumbnail))


def saved(instance, **kwargs):
    instance.file.delete(save=False)


@receiver(post_delete, sender=Picture)
def remove_mark(sender, **kwargs):
    if os.path.exists("/tmp/mark"):
        os.remove("/tmp/mark")


@receiver(post_delete, sender=Picture)
def remove_rows(sender, instance, **kwargs):
    instance.parts.all().delete()
    instance.owner.delete()


def delete_in_order(picture_id):
    with transaction.atomic():
        picture = Picture.objects.get(pk=picture_id)
        path = picture.path
        picture.delete()
    os.remove(path)


def other_file(picture_id, upload):
    with transaction.atomic():
        picture = Picture.objects.get(pk=picture_id)
        picture.delete()
        os.remove(upload)
