"""A viewset's method answers what its address maps to it; both requests send the mail."""

from django.core.mail import send_mail
from django.db import models
from django.urls import path
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet


class Seat(models.Model):
    is_taken = models.BooleanField(default=True)
    email = models.EmailField()


class Seats(ViewSet):
    def give_back(self, request, pk):
        seat = Seat.objects.get(pk=pk, is_taken=True)  # expect: FEN204
        send_mail("Given back", "You have it no longer", None, [seat.email])
        seat.is_taken = False
        seat.save(update_fields=["is_taken"])
        return Response(status=204)


urlpatterns = [path("seats/<int:pk>/back/", Seats.as_view({"post": "give_back"}))]
