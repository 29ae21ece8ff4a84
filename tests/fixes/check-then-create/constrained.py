"""No constraint is there: it is added to the class, and the migration told."""

from django.db import models


class Subscription(models.Model):
    email = models.EmailField()

    def __str__(self):
        return self.email


class Tag(models.Model):
    name = models.CharField(max_length=40)
    owner = models.IntegerField()

    class Meta:
        ordering = ["name"]


class Vote(models.Model):
    poll = models.IntegerField()
    voter = models.IntegerField()
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="positive"),
        ]


def subscribe(email):
    if not Subscription.objects.filter(email=email).exists():
        Subscription.objects.create(email=email)


def tag(name, owner):
    try:
        return Tag.objects.get(name=name, owner=owner)
    except Tag.DoesNotExist:
        return Tag.objects.create(name=name, owner=owner)


def vote(poll, voter, value):
    if Vote.objects.filter(poll=poll, voter=voter).exists():
        raise ValueError(poll)
    return Vote.objects.create(poll=poll, voter=voter, value=value)
