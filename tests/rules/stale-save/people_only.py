"""Two forms of one object: two people would have to send them in the same moment, so no more than a low confidence."""

from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


class Room(models.Model):
    title = models.CharField(max_length=100)
    colour = models.CharField(max_length=20)
    alarm = models.BooleanField(default=False)
    alarms = models.IntegerField(default=0)


class Sensor(models.Model):
    title = models.CharField(max_length=100)
    place = models.CharField(max_length=20)
    value = models.CharField(max_length=20)


def paint(request, room_id):
    room = get_object_or_404(Room, pk=room_id)
    room.colour = request.POST["colour"]
    room.save()


def entitle(request, room_id):
    room = get_object_or_404(Room, pk=room_id)
    room.title = request.POST["title"]
    room.save()


@csrf_exempt
def report(request, sensor_id):
    """A device sends its value: no person waits to see it first."""
    sensor = get_object_or_404(Sensor, pk=sensor_id)
    sensor.value = request.body.decode()
    sensor.save(update_fields=["value"])


def place(request, sensor_id):
    sensor = get_object_or_404(Sensor, pk=sensor_id)
    sensor.place = request.POST["place"]
    sensor.save()  # expect: FEN208 "report"


urlpatterns = [
    path("paint/<int:room_id>/", paint),
    path("entitle/<int:room_id>/", entitle),
    path("report/<int:sensor_id>/", report),
    path("place/<int:sensor_id>/", place),
]
