from django.db import models
from django.http import HttpResponse
from django.views import View

import requests


class Photo(models.Model):
    address = models.CharField(max_length=200)
    caption = models.CharField(max_length=200)
    changed = models.DateTimeField(auto_now=True)


class Describe(View):
    def post(self, request, pk):
        photo = Photo.objects.get(pk=pk)
        photo.caption = request.POST["caption"]
        photo.save(update_fields=["caption"])
        return HttpResponse()


class Move(View):
    def post(self, request, pk):
        photo = Photo.objects.get(pk=pk)
        answer = requests.get("https://places.example", timeout=20)
        photo.address = answer.text
        photo.save()  # with its stamp
        return HttpResponse()


class MoveByHand(View):
    def post(self, request, pk):
        photo = Photo.objects.get(pk=pk)
        answer = requests.get("https://places.example", timeout=20)
        setattr(photo, request.POST["column"], answer.text)
        photo.save()
        return HttpResponse()
