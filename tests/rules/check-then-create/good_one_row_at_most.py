from datetime import timedelta

from django.db import models
from django.utils import timezone


class Single(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.pk = 1
        super().save(*args, **kwargs)


class Preferences(Single):
    colour = models.CharField(max_length=20, default="grey")


class Pass(models.Model):
    owner = models.IntegerField()
    until = models.DateTimeField()


def preferences():
    """The key keeps a second row out; what is left is an error in the run that comes second."""
    found = Preferences.objects.all().first()
    if found is None:
        Preferences.objects.create()
        found = Preferences.objects.all().first()
    return found


def admit(owner, seconds):
    """No other run looks for a row of this very moment."""
    return Pass.objects.get_or_create(owner=owner, until=timezone.now() + timedelta(seconds=seconds))
