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
    if User.objects.filter(email=email).exists():
        return HttpResponse(_("known"), status=409)
    User.objects.create(email=email, since=timezone.now())
    return HttpResponse(status=201)


def once(request):
    email = request.POST["email"]
    # who is new
    if not User.objects.filter(email=email).exists():  # nobody yet
        # is kept
        User.objects.create(email=email)
    return HttpResponse(status=204)


def greet(request):
    email = request.POST["email"]
    if not User.objects.filter(email=email).exists():
        User.objects.create(email=email)
        # only then
        request.session["new"] = True
    return HttpResponse(status=204)


def find(request):
    email = request.POST["email"]
    try:
        user = User.objects.get(email=email)
    except User.DoesNotExist:
        user = User.objects.create(email=email, name="new")
    return HttpResponse(user.name)


def seat(request, room, number):
    seat = Seat.objects.filter(room=room, number=number).first()
    if seat is None:
        seat = Seat.objects.create(
            room=room,
            number=number,
            person=request.user.name,
        )
    return HttpResponse(seat.person)


async def awaited(request):
    email = request.POST["email"]
    if await User.objects.filter(email=email).aexists():
        return HttpResponse(status=409)
    user = await User.objects.acreate(email=email)
    return HttpResponse(user.name)


urlpatterns = [
    path("register/", register),
    path("once/", once),
    path("greet/", greet),
    path("find/", find),
    path("seat/<int:room>/<int:number>/", seat),
    path("awaited/", awaited),
]
