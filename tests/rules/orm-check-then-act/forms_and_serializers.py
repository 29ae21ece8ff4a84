"""Which columns a form or serializer sets is known only where they are written out, and all of them are sent."""

from django import forms
from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers


class Desk(models.Model):
    title = models.CharField(max_length=100)
    floor = models.IntegerField(default=0)
    booked_by = models.CharField(max_length=100, blank=True)
    closed_at = models.DateTimeField(null=True)


class BookingForm(forms.ModelForm):
    class Meta:
        model = Desk
        fields = ["booked_by"]


class WholeForm(forms.ModelForm):
    class Meta:
        model = Desk
        fields = "__all__"


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Desk
        fields = ["title"]


class DeskSerializer(TitleSerializer):
    class Meta(TitleSerializer.Meta):
        fields = TitleSerializer.Meta.fields + ["booked_by", "closed_at"]
        read_only_fields = ["closed_at"]


def book(request, desk_id):
    desk = get_object_or_404(Desk, pk=desk_id)  # expect: FEN204
    if desk.booked_by:
        raise ValueError("taken")
    form = BookingForm(request.POST, instance=desk)
    form.save()


def book_with_serializer(request, desk_id):
    desk = Desk.objects.get(pk=desk_id)  # expect: FEN204
    if desk.booked_by:
        raise ValueError("taken")
    serializer = DeskSerializer(desk, data=request.data)
    serializer.save()


def edit(request, desk_id):
    """What the form sets is not said; that a closed one is opened by it is nobody's wish."""
    desk = get_object_or_404(Desk, pk=desk_id)
    if desk.closed_at:
        raise ValueError("closed")
    form = WholeForm(request.POST, instance=desk)
    form.save()


def edit_some(request, floor, desk_id):
    """Only what is sent is set."""
    desk = Desk.objects.get(pk=desk_id, floor=floor)
    if desk.booked_by == request.user.name:
        raise ValueError("not yours")
    serializer = DeskSerializer(desk, data=request.data, partial=True)
    serializer.save()


def edit_unless_closed(request, desk_id):
    """That column is for reading only."""
    desk = Desk.objects.get(pk=desk_id)
    if desk.closed_at:
        raise ValueError("closed")
    serializer = DeskSerializer(desk, data=request.data)
    serializer.save()


urlpatterns = [
    path("book/<int:desk_id>/", book),
    path("book-api/<int:desk_id>/", book_with_serializer),
    path("edit/<int:desk_id>/", edit),
    path("some/<int:floor>/<int:desk_id>/", edit_some),
    path("open/<int:desk_id>/", edit_unless_closed),
]
