from django.db import models


class Meter(models.Model):
    reading = models.IntegerField(null=True)
    trail = models.TextField(default="")


def first_or_one_more(pk):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    meter.reading = (meter.reading or 0) + 1
    meter.save(update_fields=["reading"])


def one_of_two_sums(pk, step):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    meter.reading = meter.reading + step if step else meter.reading + 1
    meter.save(update_fields=["reading"])


def text_grows(pk):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    meter.trail = meter.trail + "x"
    meter.save(update_fields=["trail"])


def two_columns_of_one_save(pk, day):
    """One pair of ops is one finding, though another column decides too."""
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    if meter.trail != day:
        meter.reading = 0
        meter.trail = day
    meter.reading += 1
    meter.save()
