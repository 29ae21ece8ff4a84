"""The new value is used, or no sum: the row is locked while it is computed."""

import logging

from django.db import models

log = logging.getLogger(__name__)


class Counter(models.Model):
    value = models.IntegerField(default=0)
    peak = models.IntegerField(default=0)
    step = models.IntegerField(null=True)
    history = models.JSONField(default=list)


def next_number(pk):
    counter = Counter.objects.get(pk=pk)
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter.value


def handed_back(pk):
    counter = Counter.objects.get(pk=pk)
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter


def told(pk):
    # one more
    counter = Counter.objects.get(pk=pk)
    counter.value += 1

    # and keep it
    counter.save(update_fields=["value"])
    log.info("now %s", counter)


def highest(pk, value):
    counter = Counter.objects.get(pk=pk)
    counter.peak = max(counter.peak, value)
    counter.save(update_fields=["peak"])


def nothing_yet(pk):
    counter = Counter.objects.get(pk=pk)
    counter.step = (counter.step or 0) + 1
    counter.save(update_fields=["step"])


def may_be_nothing(pk):
    counter = Counter.objects.get(pk=pk)
    counter.step += 1
    counter.save(update_fields=["step"])


def clamped(pk, n):
    counter = Counter.objects.get(pk=pk)
    counter.value -= n
    if counter.value < 0:
        counter.value = 0
    counter.save(update_fields=["value"])


def fraction(pk):
    counter = Counter.objects.get(pk=pk)
    counter.value += 0.5
    counter.save(update_fields=["value"])


def listed(pk, entry):
    counter = Counter.objects.get(pk=pk)
    counter.history.append(entry)
    counter.save(update_fields=["history"])


def checked(pk, n):
    counter = Counter.objects.get(pk=pk)
    if counter.value < n:
        raise ValueError(pk)
    counter.value -= n
    counter.save(update_fields=["value"])


def over_several_lines(pk):
    counter = (
        Counter
        .objects
        .filter(pk=pk)  # the one
        .get()
    )
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter
