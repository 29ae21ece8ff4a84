# unsafe
"""A receiver looks at each instance that is saved."""

from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver


class Page(models.Model):
    hits = models.IntegerField(default=0)


@receiver(post_save, sender=Page)
def told(sender, instance, **kwargs):
    if instance.hits > 100:
        print("popular")


def hit(pk):
    page = Page.objects.get(pk=pk)
    page.hits = models.F("hits") + 1
    page.save(update_fields=["hits"])
