from django.http import HttpResponse
from django.urls import path

from . import services


def take(request, number):
    return HttpResponse(status=204 if services.take(number) else 409)


urlpatterns = [path("seats/<slug:number>/take/", take)]
