from django.db import models


class Slugged(models.Model):
    slug = models.SlugField(unique=True)

    class Meta:
        abstract = True


class Titled(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        abstract = True
