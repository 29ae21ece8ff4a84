"""Handlers of what happens to a task are called by its worker, one after the other; others are not."""

from celery import shared_task
from celery.signals import task_failure, task_postrun, task_prerun
from django.db import models


class Record(models.Model):
    task_id = models.CharField(max_length=50, unique=True)
    state = models.CharField(max_length=10)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)


class Tally(models.Model):
    name = models.CharField(max_length=50, unique=True)
    state = models.CharField(max_length=10)
    checked = models.BooleanField(default=False)


@task_prerun.connect
def started(sender=None, task_id=None, **kwargs):
    record = Record.objects.get(task_id=task_id)
    record.started = kwargs["now"]
    record.save()


@task_postrun.connect
def ended(sender=None, task_id=None, **kwargs):
    record = Record.objects.get(task_id=task_id)
    record.ended = kwargs["now"]
    record.save()


@task_failure.connect
def failed(sender=None, **kwargs):
    tally = Tally.objects.get(name=sender.name)
    tally.state = "failed"
    tally.save()  # expect: FEN208 "check"


@shared_task
def check(name):
    Tally.objects.filter(name=name).update(checked=True)
