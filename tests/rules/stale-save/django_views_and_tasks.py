"""Views that save a whole row beside workers that write other columns of it."""

import requests
from celery import shared_task
from django.core.mail import send_mail
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views import View


class Depot(models.Model):
    name = models.CharField(max_length=50)
    remarks = models.TextField(blank=True)


class Parcel(models.Model):
    depot = models.ForeignKey(Depot, models.CASCADE)
    label = models.CharField(max_length=100)
    position = models.CharField(max_length=100)
    scans = models.IntegerField(default=0)
    touched = models.DateTimeField(auto_now=True)


@shared_task
def note_position(parcel_id, position):
    Parcel.objects.filter(pk=parcel_id).update(position=position, scans=F("scans") + 1)


def rename(request, parcel_id):
    parcel = get_object_or_404(Parcel, pk=parcel_id)
    parcel.label = request.POST["label"]
    parcel.save()  # expect: FEN208 "note_position"


class Relabel(View):
    def post(self, request, parcel_id):
        parcel = Parcel.objects.filter(pk=parcel_id).first()
        if parcel is None:
            return None
        parcel.label = request.POST["label"]
        parcel.save()  # expect: FEN208
        return parcel


@shared_task
def print_label(parcel_id):
    parcel = Parcel.objects.select_related("depot").get(pk=parcel_id)
    answer = requests.post("https://labels.example", json={"parcel": parcel_id}, timeout=30)
    parcel.label = answer.json()["label"]
    parcel.save()  # expect: FEN208 "position"


@shared_task
def print_all():
    for parcel in Parcel.objects.filter(label=""):
        parcel.label = requests.get("https://labels.example", timeout=30).text
        parcel.save()  # expect: FEN208


class Command(BaseCommand):
    """The rows are loaded when the loop begins; a mail for each takes its time, whoever starts the command."""

    def handle(self, *args, **options):
        for parcel in Parcel.objects.filter(label=""):
            parcel.label = "?"
            parcel.save()  # expect: FEN208
            send_mail("a parcel", parcel.label, None, ["depot@example.com"])


def rename_only(request, parcel_id):
    parcel = get_object_or_404(Parcel, pk=parcel_id)
    parcel.label = request.POST["label"]
    parcel.save(update_fields=["label", "touched"])


def rename_in_sql(request, parcel_id):
    Parcel.objects.filter(pk=parcel_id).update(label=request.POST["label"])


def rename_locked(request, parcel_id):
    with transaction.atomic():
        parcel = Parcel.objects.select_for_update().get(pk=parcel_id)
        parcel.label = request.POST["label"]
        parcel.save()


def rename_read_again(request, parcel_id):
    parcel = get_object_or_404(Parcel, pk=parcel_id)
    with transaction.atomic():
        parcel.refresh_from_db(from_queryset=Parcel.objects.select_for_update())
        parcel.label = request.POST["label"]
        parcel.save()


def rename_without_the_rest(request, parcel_id):
    parcel = Parcel.objects.only("label").get(pk=parcel_id)
    parcel.label = request.POST["label"]
    parcel.save()


def register(request):
    parcel = Parcel.objects.create(depot_id=request.POST["depot"], label="", position="")
    parcel.label = f"P-{parcel.pk}"
    parcel.save()
    return parcel


def correct(request, parcel_id):
    """Whoever corrects a parcel sets all that the worker sets."""
    parcel = get_object_or_404(Parcel, pk=parcel_id)
    parcel.position = request.POST["position"]
    parcel.scans = int(request.POST["scans"])
    parcel.depot_id = request.POST["depot"]
    parcel.label = request.POST["label"]
    parcel.save()


def remark(request, depot_id):
    """Nobody else writes to a depot."""
    depot = get_object_or_404(Depot, pk=depot_id)
    depot.remarks = request.POST["remarks"]
    depot.save()


urlpatterns = [
    path("rename/<int:parcel_id>/", rename),
    path("relabel/<int:parcel_id>/", Relabel.as_view()),
    path("only/<int:parcel_id>/", rename_only),
    path("sql/<int:parcel_id>/", rename_in_sql),
    path("locked/<int:parcel_id>/", rename_locked),
    path("again/<int:parcel_id>/", rename_read_again),
    path("rest/<int:parcel_id>/", rename_without_the_rest),
    path("register/", register),
    path("correct/<int:parcel_id>/", correct),
    path("remark/<int:depot_id>/", remark),
]
