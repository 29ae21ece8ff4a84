"""The new value is used, or no sum: the row is locked while it is computed."""

import logging

from django.db import models, transaction

log = logging.getLogger(__name__)


class Counter(models.Model):
    value = models.IntegerField(default=0)
    peak = models.IntegerField(default=0)
    step = models.IntegerField(null=True)
    history = models.JSONField(default=list)


def next_number(pk):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.value += 1
        counter.save(update_fields=["value"])
    return counter.value


def handed_back(pk):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.value += 1
        counter.save(update_fields=["value"])
    return counter


def told(pk):
    with transaction.atomic():
        # one more
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.value += 1

        # and keep it
        counter.save(update_fields=["value"])
    log.info("now %s", counter)


def highest(pk, value):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.peak = max(counter.peak, value)
        counter.save(update_fields=["peak"])


def nothing_yet(pk):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.step = (counter.step or 0) + 1
        counter.save(update_fields=["step"])


def may_be_nothing(pk):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.step += 1
        counter.save(update_fields=["step"])


def clamped(pk, n):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.value -= n
        if counter.value < 0:
            counter.value = 0
        counter.save(update_fields=["value"])


def fraction(pk):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.value += 0.5
        counter.save(update_fields=["value"])


def listed(pk, entry):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        counter.history.append(entry)
        counter.save(update_fields=["history"])


def checked(pk, n):
    with transaction.atomic():
        counter = Counter.objects.select_for_update().get(pk=pk)
        if counter.value < n:
            raise ValueError(pk)
        counter.value -= n
        counter.save(update_fields=["value"])


def over_several_lines(pk):
    with transaction.atomic():
        counter = (
            Counter
            .objects
            .select_for_update()
            .filter(pk=pk)  # the one
            .get()
        )
        counter.value += 1
        counter.save(update_fields=["value"])
    return counter
