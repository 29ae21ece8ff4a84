# unsafe
"""No constraint is there: it is added to the class, and the migration told."""

from django.db import models


class Subscription(models.Model):
    email = models.EmailField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["email"], name="unique_subscription_email")]

    def __str__(self):
        return self.email


class Tag(models.Model):
    name = models.CharField(max_length=40)
    owner = models.IntegerField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "owner"], name="unique_tag_name_owner")]


class Vote(models.Model):
    poll = models.IntegerField()
    voter = models.IntegerField()
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="positive"),
            models.UniqueConstraint(fields=["poll", "voter"], name="unique_vote_poll_voter"),
        ]


def subscribe(email):
    Subscription.objects.get_or_create(email=email)


def tag(name, owner):
    return Tag.objects.get_or_create(name=name, owner=owner)[0]


def vote(poll, voter, value):
    row, created = Vote.objects.get_or_create(poll=poll, voter=voter, defaults={"value": value})
    if not created:
        raise ValueError(poll)
    return row
