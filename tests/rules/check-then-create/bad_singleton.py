"""A unique column says nothing of rows that are given another value, and a default that is not unique nothing at all."""

from django.db import models


class Tag(models.Model):
    slug = models.SlugField(unique=True, default="none")
    name = models.CharField(max_length=20)


class Setting(models.Model):
    is_only = models.BooleanField(default=True)
    months = models.IntegerField(default=3)


def tag_for(request, name, slug):
    tag, created = Tag.objects.get_or_create(name=name, defaults={"slug": slug})  # expect: FEN205
    return tag


def months_are(request, months):
    setting, created = Setting.objects.get_or_create(is_only=True, defaults={"months": months})  # expect: FEN205
    return setting
