"""A constraint is there: one call finds the row or creates it."""

from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _


class User(models.Model):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=20)
    since = models.DateTimeField(null=True)


class Seat(models.Model):
    room = models.IntegerField()
    number = models.IntegerField()
    person = models.CharField(max_length=20)

    class Meta:
        unique_together = [("room", "number")]


def register(request):
    email = request.POST["email"]
    _row, created = User.objects.get_or_create(email=email, defaults={"since": timezone.now()})
    if not created:
        return HttpResponse(_("known"), status=409)
    return HttpResponse(status=201)


def once(request):
    email = request.POST["email"]
    # who is new
    # nobody yet
    # is kept
    User.objects.get_or_create(email=email)
    return HttpResponse(status=204)


def greet(request):
    email = request.POST["email"]
    _row, created = User.objects.get_or_create(email=email)
    if created:
        # only then
        request.session["new"] = True
    return HttpResponse(status=204)


def find(request):
    email = request.POST["email"]
    user, _created = User.objects.get_or_create(email=email, defaults={"name": "new"})
    return HttpResponse(user.name)


def seat(request, room, number):
    seat, _created = Seat.objects.get_or_create(room=room, number=number, defaults={"person": request.user.name})
    return HttpResponse(seat.person)


async def awaited(request):
    email = request.POST["email"]
    user, created = await User.objects.aget_or_create(email=email)
    if not created:
        return HttpResponse(status=409)
    return HttpResponse(user.name)


urlpatterns = [
    path("register/", register),
    path("once/", once),
    path("greet/", greet),
    path("find/", find),
    path("seat/<int:room>/<int:number>/", seat),
    path("awaited/", awaited),
]
