"""A viewset's method answers what its address maps to it; who comes second is only told so."""

from django.db import models
from django.urls import path
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet


class Seat(models.Model):
    room = models.IntegerField()
    owner = models.IntegerField()
    is_taken = models.BooleanField(default=True)
    role = models.IntegerField(default=0)


class Base(ViewSet):
    def give_back(self, request, pk):
        seat = Seat.objects.get(room=pk, owner=request.user.id, is_taken=True)
        if seat.role == 1 and not Seat.objects.filter(room=pk, role=1, is_taken=True).count() > 1:
            return Response({"error": "the last of its kind"}, status=400)
        seat.is_taken = False
        seat.save(update_fields=["is_taken"])
        return Response(status=204)


class Seats(Base):
    pass


class Rooms(GenericViewSet):
    def close(self, request, pk):
        seat = Seat.objects.get(room=pk, is_taken=True)
        seat.is_taken = False
        seat.save(update_fields=["is_taken"])
        return Response(status=204)


CLOSING = {"post": "close"}

urlpatterns = [
    path("seats/<int:pk>/back/", Seats.as_view({"post": "give_back"})),
    path("rooms/<int:pk>/close/", Rooms.as_view(actions=CLOSING)),
]
