"""A task fills a column of rows that lack it and sends itself for the next ones: once more is no other run."""

from celery import shared_task
from django.db import models


class Member(models.Model):
    name = models.CharField(max_length=20)
    index = models.TextField(null=True)


def index_of(member):
    return member.name.lower()


@shared_task
def fill(done=0):
    members = list(Member.objects.filter(index__isnull=True)[:100])
    for member in members:
        member.index = index_of(member)
        member.save(update_fields=["index"])
    if len(members) == 100:
        fill.delay(done + len(members))


@shared_task
def fill_one(pk):
    member = Member.objects.get(pk=pk)
    if member.index is None:
        member.index = index_of(member)
        member.save(update_fields=["index"])
        fill_one.delay(pk + 1)
