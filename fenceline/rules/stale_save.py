"""A row is loaded, a few columns are changed, and all are saved, those too that somebody else has changed meanwhile.

What it claims
--------------
The entry loads a row (or is handed one), sets some of its columns and saves the whole row. Somewhere else the project
writes columns that the entry does not set. There is an interleaving in which such a write falls between the load and
the save, and the save puts the old value back.

Why it matters
--------------
``save()`` writes every column with what it was when the row was loaded. A form that renames an order undoes the payment
that a worker has just noted on it: no error, no trace, and the worker does not try again.

When it is fine
---------------
Only what was changed is saved (``save(update_fields=["name"])``, ``filter(pk=…).update(name=…)``); the row is locked
before it is loaded, in the transaction that saves it; it is read again under the lock; it was loaded without those
columns (``only("name")``); nobody else writes it.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN208",
    name="stale-save",
    summary="a row is saved whole, so columns that others have written since it was loaded get their old values back",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.stale_save"),
    fixers=("save_changed_columns",),
    references=("https://docs.djangoproject.com/en/stable/ref/models/instances/#specifying-which-fields-to-save",),
    examples=(
        Example(
            title="a form undoes what a worker has noted",
            bad="""from celery import shared_task
from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import path


class Parcel(models.Model):
    label = models.CharField(max_length=100)
    position = models.CharField(max_length=100)


@shared_task
def note_position(parcel_id, position):
    Parcel.objects.filter(pk=parcel_id).update(position=position)


def rename(request, parcel_id):
    parcel = get_object_or_404(Parcel, pk=parcel_id)
    parcel.label = request.POST["label"]
    parcel.save()


urlpatterns = [path("parcels/<int:parcel_id>/", rename)]
""",
            good="""from celery import shared_task
from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import path


class Parcel(models.Model):
    label = models.CharField(max_length=100)
    position = models.CharField(max_length=100)


@shared_task
def note_position(parcel_id, position):
    Parcel.objects.filter(pk=parcel_id).update(position=position)


def rename(request, parcel_id):
    parcel = get_object_or_404(Parcel, pk=parcel_id)
    parcel.label = request.POST["label"]
    parcel.save(update_fields=["label"])


urlpatterns = [path("parcels/<int:parcel_id>/", rename)]
""",
        ),
        Example(
            title="a worker that takes its time, in Tortoise",
            bad="""import httpx
from taskiq import InMemoryBroker
from tortoise import fields
from tortoise.models import Model

broker = InMemoryBroker()


class Photo(Model):
    id = fields.IntField(primary_key=True)
    caption = fields.CharField(max_length=200)
    address = fields.CharField(max_length=200)


@broker.task
async def move(photo_id: int):
    photo = await Photo.get(id=photo_id)
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post("https://images.example", json={"photo": photo_id})
    photo.address = answer.json()["address"]
    await photo.save()


@broker.task
async def describe(photo_id: int, caption: str):
    await Photo.filter(id=photo_id).update(caption=caption)
""",
            good="""import httpx
from taskiq import InMemoryBroker
from tortoise import fields
from tortoise.models import Model

broker = InMemoryBroker()


class Photo(Model):
    id = fields.IntField(primary_key=True)
    caption = fields.CharField(max_length=200)
    address = fields.CharField(max_length=200)


@broker.task
async def move(photo_id: int):
    photo = await Photo.get(id=photo_id)
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post("https://images.example", json={"photo": photo_id})
    photo.address = answer.json()["address"]
    await photo.save(update_fields=["address"])


@broker.task
async def describe(photo_id: int, caption: str):
    await Photo.filter(id=photo_id).update(caption=caption)
""",
        ),
    ),
)
