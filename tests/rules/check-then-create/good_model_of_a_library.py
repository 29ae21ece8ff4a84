"""What a library's own model states of its columns is not seen: its constraint may cover the look-up."""

from django_celery_beat import models as library_models


class Schedule(library_models.PeriodicTask):
    class Meta:
        app_label = "shop"


def schedule(name, every):
    return Schedule.objects.update_or_create(name=name, defaults={"interval": every})
