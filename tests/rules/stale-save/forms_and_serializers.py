"""A form or serializer that is made with a row sets the columns that it is about, and saves all."""

from celery import shared_task
from django import forms
from django.db import models, transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers


class Room(models.Model):
    title = models.CharField(max_length=100)
    floor = models.IntegerField(default=0)
    occupied = models.BooleanField(default=False)


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["title", "floor"]


class WholeForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = "__all__"


class OthersForm(forms.ModelForm):
    class Meta:
        model = Room
        exclude = ("floor", "occupied")


class CarefulForm(RoomForm):
    def save(self, commit=True):
        room = super().save(commit=False)
        room.save(update_fields=["title", "floor"])
        return room


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ("id", "title")


class OwnSerializer(RoomSerializer):
    def update(self, instance, validated_data):
        instance.title = validated_data["title"]
        instance.save(update_fields=["title"])
        return instance


@shared_task
def note(room_id, occupied):
    Room.objects.filter(pk=room_id).update(occupied=occupied)


def edit(request, room_id):
    room = get_object_or_404(Room, pk=room_id)
    form = RoomForm(request.POST, instance=room)
    if form.is_valid():
        form.save()  # expect: FEN208 "occupied"


def edit_later(request, room_id):
    form = OthersForm(request.POST, instance=get_object_or_404(Room, pk=room_id))
    room = form.save(commit=False)
    room.floor = 3
    room.save()  # expect: FEN208


def edit_with_serializer(request, room_id):
    serializer = RoomSerializer(Room.objects.get(pk=room_id), data=request.data)
    serializer.is_valid(raise_exception=True)
    serializer.save(floor=2)  # expect: FEN208


def edit_whole(request, room_id):
    """The form shows the column, too: whoever sends it has said what it is to be."""
    form = WholeForm(request.POST, instance=get_object_or_404(Room, pk=room_id))
    form.save()


def edit_carefully(request, room_id):
    form = CarefulForm(request.POST, instance=get_object_or_404(Room, pk=room_id))
    form.save()


def edit_with_own_serializer(request, room_id):
    serializer = OwnSerializer(Room.objects.get(pk=room_id), data=request.data)
    serializer.save()


def edit_locked(request, room_id):
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room_id)
        form = RoomForm(request.POST, instance=room)
        if form.is_valid():
            form.save()


def add(request):
    form = RoomForm(request.POST, instance=Room(occupied=True))
    form.save()


urlpatterns = [
    path("edit/<int:room_id>/", edit),
    path("later/<int:room_id>/", edit_later),
    path("api/<int:room_id>/", edit_with_serializer),
    path("whole/<int:room_id>/", edit_whole),
    path("careful/<int:room_id>/", edit_carefully),
    path("own/<int:room_id>/", edit_with_own_serializer),
    path("locked/<int:room_id>/", edit_locked),
    path("add/", add),
]
