from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404


class Channel(models.Model):
    address = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    failures = models.IntegerField()


def note_failure(request, pk):
    Channel.objects.filter(pk=pk).update(failures=models.F("failures") + 1)
    return HttpResponse()


def form(request, channel):
    if request.method == "POST":
        channel.address = request.POST["address"]
        channel.save()
    return HttpResponse()


def edit(request, pk):
    return form(request, get_object_or_404(Channel, pk=pk))


def add(request):
    return form(request, Channel(kind="mail", failures=0))


def edit_or_add(request, pk=None):
    channel = Channel(kind="mail", failures=0)
    if pk is not None:
        channel = get_object_or_404(Channel, pk=pk)
    channel.address = request.POST["address"]
    channel.save()
    return HttpResponse()


def rename(request, channel: Channel):
    channel.address = request.POST["address"]
    channel.save()


class Stamped(models.Model):
    kind = models.CharField(max_length=20)
    failures = models.IntegerField()
    changed = models.DateTimeField(auto_now=True)


def note_failure_of_stamped(request, pk):
    Stamped.objects.filter(pk=pk).update(failures=models.F("failures") + 1)
    return HttpResponse()


def set_from(row, values):
    for name, value in values.items():
        setattr(row, name, value)


def edit_stamped(request, pk):
    row = get_object_or_404(Stamped, pk=pk)
    set_from(row, request.POST)
    row.save()
    return HttpResponse()
