from django.http import HttpResponse
from django.urls import path

from . import credits
from .signatures import signed


@signed
def paid(request):
    credits.credit_on_time(request.POST["owner"], int(request.POST["amount"]))
    return HttpResponse()


@signed
def paid_once(request):
    credits.credit_once(request.POST["id"], request.POST["owner"], int(request.POST["amount"]))
    return HttpResponse()


urlpatterns = [path("paid/", paid), path("paid-once/", paid_once)]
