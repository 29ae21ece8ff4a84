"""A constant is written back that the row had to have for the run to get there."""

import uuid

from django.core.mail import send_mail
from django.db import models
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView


class Reader(models.Model):
    card = models.CharField(max_length=20)
    is_active = models.BooleanField(default=True)
    state = models.CharField(max_length=10, default="new")
    email = models.EmailField()
    seen_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=40, blank=True)

    def save(self, *args, **kwargs):
        self.email = self.email.lower().strip()
        if self.seen_at is not None:
            self.token = uuid.uuid4().hex
        super().save(*args, **kwargs)


class EnterView(APIView):
    def post(self, request):
        reader = Reader.objects.filter(card=request.data["card"]).first()
        if not reader:
            return Response(status=404)
        if not reader.is_active:
            return Response(status=403)
        reader.is_active = True
        reader.seen_at = request.data["moment"]
        reader.save()
        send_mail("Welcome", "You are in", None, [reader.email])
        return Response(status=204)


class WakeView(APIView):
    def post(self, request):
        reader = Reader.objects.get(card=request.data["card"])  # expect: FEN204
        if not reader.is_active:
            send_mail("Welcome back", "You are active again", None, [reader.email])
        reader.is_active = True
        reader.save()
        return Response(status=204)


class LeaveView(APIView):
    def post(self, request):
        reader = Reader.objects.get(card=request.data["card"])  # expect: FEN204
        if not reader.is_active:
            return Response(status=403)
        send_mail("Good bye", "You are out", None, [reader.email])
        reader.is_active = False
        reader.save()
        return Response(status=204)


class RenewView(APIView):
    def post(self, request):
        reader = Reader.objects.get(card=request.data["card"])
        if reader.state == "member":
            reader.state = "member"
            reader.save(update_fields=["state"])
            send_mail("Renewed", "For a year", None, [reader.email])
        return Response(status=204)


class JoinView(APIView):
    def post(self, request):
        reader = Reader.objects.get(card=request.data["card"])  # expect: FEN204
        if reader.state != "member":
            reader.state = "member"
            reader.save(update_fields=["state"])
            send_mail("Joined", "For a year", None, [reader.email])
        return Response(status=204)


urlpatterns = [
    path("enter/", EnterView.as_view()),
    path("wake/", WakeView.as_view()),
    path("leave/", LeaveView.as_view()),
    path("renew/", RenewView.as_view()),
    path("join/", JoinView.as_view()),
]
