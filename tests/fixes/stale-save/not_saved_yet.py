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
