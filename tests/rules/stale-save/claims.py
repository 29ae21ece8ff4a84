"""Of several who write to the row, the one is told who has taken care that only one of them wins."""

from celery import shared_task
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


class Reader(models.Model):
    theme = models.CharField(max_length=10)
    letter_at = models.DateTimeField(null=True)
    letters = models.CharField(max_length=10)
    address = models.CharField(max_length=100)


@csrf_exempt
def bounced(request):
    Reader.objects.filter(pk=request.POST["id"]).update(letters="off", address="")
    return HttpResponse()


@shared_task
def send_letter(reader_id, now, later):
    reader = Reader.objects.get(pk=reader_id)
    if Reader.objects.filter(pk=reader_id, letter_at=reader.letter_at).update(letter_at=later):
        print("sends", reader.address)


def appearance(request, reader_id):
    reader = get_object_or_404(Reader, pk=reader_id)
    reader.theme = request.POST["theme"]
    reader.save()  # expect: FEN208 "what send_letter"
    return HttpResponse()


def appearance_only(request, reader_id):
    reader = get_object_or_404(Reader, pk=reader_id)
    reader.theme = request.POST["theme"]
    reader.save(update_fields=["theme"])
    return HttpResponse()


urlpatterns = [path("bounced/", bounced), path("a/<int:reader_id>/", appearance), path("b/<int:reader_id>/", appearance_only)]
