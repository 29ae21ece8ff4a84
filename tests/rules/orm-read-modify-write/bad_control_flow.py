import logging
import threading

from django.db import models

log = logging.getLogger(__name__)
thread_lock = threading.Lock()


class Meter(models.Model):
    reading = models.IntegerField(default=0)
    peak = models.IntegerField(default=0)


def walrus(pk):
    if (meter := Meter.objects.filter(pk=pk).first()) is not None:  # expect: FEN203
        meter.reading += 1
        meter.save(update_fields=["reading"])


def early_return(pk, n):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    if n <= 0:
        return False
    meter.reading += n
    meter.save(update_fields=["reading"])
    return True


def missing_row_caught(pk):
    try:
        meter = Meter.objects.get(pk=pk)  # expect: FEN203
    except Meter.DoesNotExist:
        return
    meter.reading += 1
    meter.save(update_fields=["reading"])


def save_in_else(pk):
    try:
        meter = Meter.objects.get(pk=pk)  # expect: FEN203
        meter.reading += 1
    except Meter.DoesNotExist:
        log.warning("no meter %s", pk)
    else:
        meter.save(update_fields=["reading"])


def save_in_finally(pk, measure):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    try:
        meter.reading += measure()
    finally:
        meter.save(update_fields=["reading"])


def one_of_two_fields(pk, kind):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    match kind:
        case "reading":
            meter.reading += 1
        case _:
            return
    meter.save(update_fields=["reading"])


def thread_lock_is_not_enough(pk):
    with thread_lock:
        meter = Meter.objects.get(pk=pk)  # expect: FEN203
        meter.reading += 1
        meter.save(update_fields=["reading"])


def in_a_nested_function(pk):
    def bump():
        meter = Meter.objects.get(pk=pk)  # expect: FEN203
        meter.reading += 1
        meter.save(update_fields=["reading"])

    bump()


def keys_in_a_loop(pks):
    for pk in pks:
        meter = Meter.objects.get(pk=pk)  # expect: FEN203
        meter.reading += 1
        meter.save(update_fields=["reading"])


def only_some_columns(pk):
    meter = Meter.objects.only("reading").get(pk=pk)  # expect: FEN203
    meter.reading += 1
    meter.save(update_fields=("reading",))


async def awaited(pk):
    meter = await Meter.objects.aget(pk=pk)  # expect: FEN203
    meter.reading += 1
    await meter.asave(update_fields=["reading"])


async def awaited_first(pk):
    meter = await Meter.objects.filter(pk=pk).afirst()  # expect: FEN203
    if meter is None:
        return
    meter.reading += 1
    await meter.asave(update_fields=["reading"])


class MeterPage:
    queryset = Meter.objects.all()

    def bump(self, pk):
        meter = self.queryset.get(pk=pk)  # expect: FEN203
        meter.reading += 1
        meter.save(update_fields=["reading"])
