"""Nothing is safe here, or can be said."""

from django.db import models


class Quiet(models.Manager):
    def create(self, **values):
        return super().create(**{**values, "quiet": True})


class Room(models.Model):
    name = models.CharField(max_length=40)
    floor = models.IntegerField(null=True)
    quiet = models.BooleanField(default=False)

    objects = Quiet()


class Hall(models.Model):
    name = models.CharField(max_length=40)
    floor = models.IntegerField(null=True)


def by_a_manager_of_its_own(name):
    if not Room.objects.filter(name=name).exists():  # unfixed: "the manager of the class"
        Room.objects.create(name=name)


def may_be_nothing(floor):
    if not Hall.objects.filter(floor=floor).exists():  # unfixed: "rows without a value"
        Hall.objects.create(floor=floor)


def without_case(name):
    if not Hall.objects.filter(name__iexact=name).exists():  # unfixed: "plain values"
        Hall.objects.create(name=name)


def limit(name):
    if Hall.objects.filter(name=name).count() < 3:  # unfixed: "count() is no question"
        Hall.objects.create(name=name)


def something_between(name, log):
    if Hall.objects.filter(name=name).exists():  # unfixed: "do not follow each other"
        return None
    log.info("new")
    return Hall.objects.create(name=name)
