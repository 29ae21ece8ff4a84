import os

from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Picture(models.Model):
    file = models.FileField()
    path = models.CharField(max_length=200)


@receiver(post_delete, sender=Picture)
def remove_file(sender, instance, **kwargs):
    instance.file.delete(save=False)


def delete(picture_id):
    with transaction.atomic():
        picture = Picture.objects.get(pk=picture_id)
        os.remove(picture.path)
        picture.delete()


def delete_if_it_is_there(picture_id):
    with transaction.atomic():
        picture = Picture.objects.get(pk=picture_id)
        try:
            os.remove(picture.path)  # unfixed: "an error of the call is handled here"
        except FileNotFoundError:
            pass
        picture.delete()
