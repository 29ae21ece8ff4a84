import requests
from django.db import transaction
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View

from .models import Order


class Pay(View):
    def post(self, request, pk):
        Order.objects.filter(pk=pk).update(state="paying")
        requests.post("https://bank.example.com/", timeout=30)  # expect: FEN409
        return HttpResponse(status=204)


class PayFirst(View):
    def post(self, request, pk):
        requests.post("https://bank.example.com/", timeout=30)
        Order.objects.filter(pk=pk).update(state="paid")
        return HttpResponse(status=204)


class PayOutside(View):
    @method_decorator(transaction.non_atomic_requests)
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, pk):
        return HttpResponse(status=204)
