"""The constraint keeps the table clean, but the loser of the race fails: that matters where somebody waits for it."""

from celery import shared_task
from django.db import models
from django.http import HttpResponse
from django.urls import path


class User(models.Model):
    email = models.EmailField(unique=True)


class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")


def register(request):
    email = request.POST["email"]
    if User.objects.filter(email=email).exists():  # expect: FEN205
        return HttpResponse(status=409)
    User.objects.create(email=email)
    return HttpResponse(status=201)


def profile(request, user_id):
    user = User.objects.get(pk=user_id)
    if not hasattr(user, "profile"):  # expect: FEN205
        Profile.objects.create(user=user)
    return HttpResponse(status=204)


@shared_task
def import_user(email):
    if not User.objects.filter(email=email).exists():  # expect: FEN205
        User.objects.create(email=email)


def make_user(email):
    if User.objects.filter(email=email).exists():
        return False
    User.objects.create(email=email)
    return True


urlpatterns = [path("register/", register), path("users/<int:user_id>/profile/", profile)]
