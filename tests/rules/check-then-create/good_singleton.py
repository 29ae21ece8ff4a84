"""Tables with one row: a unique column with a constant default, which nobody gives another value."""

from django.db import models


class TenantSettings(models.Model):
    singleton = models.BooleanField(default=True, unique=True)
    months = models.IntegerField(default=3)


def months_are(request, months):
    settings, created = TenantSettings.objects.get_or_create(defaults={"months": months})
    return settings


def months_are_by_upsert(request, months):
    return TenantSettings.objects.update_or_create(defaults={"months": months})
