"""A lock that both take keeps them apart, whatever each of them calls the row; a lock that only one takes does not."""

import redis
from celery import shared_task
from django.db import models, transaction
from django.shortcuts import get_object_or_404
from django.urls import path

client = redis.Redis()


class Job(models.Model):
    title = models.CharField(max_length=100)
    progress = models.IntegerField(default=0)


class Batch(models.Model):
    title = models.CharField(max_length=100)
    done = models.BooleanField(default=False)


class Volume(models.Model):
    title = models.CharField(max_length=100)
    size = models.IntegerField(default=0)


@shared_task
def advance(job_id, progress):
    with client.lock(f"job:{job_id}", timeout=30):
        Job.objects.filter(pk=job_id).update(progress=progress)


def entitle_job(request, pk):
    with client.lock(f"job:{pk}", timeout=30):
        job = get_object_or_404(Job, pk=pk)
        job.title = request.POST["title"]
        job.save()


def entitle_job_alone(request, pk):
    with client.lock(f"titles:{pk}", timeout=30):
        job = get_object_or_404(Job, pk=pk)
        job.title = request.POST["title"]
        job.save()  # expect: FEN208 "advance"


@shared_task
def finish(batch_id):
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        batch.done = True
        batch.save()


def entitle_batch(request, number):
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=number)
        batch.title = request.POST["title"]
        batch.save()


def entitle_batch_without(request, number):
    """The worker's lock is of no use where this one takes none."""
    with transaction.atomic():
        batch = Batch.objects.get(pk=number)
        batch.title = request.POST["title"]
        batch.save()  # expect: FEN208 "finish"


@shared_task
def measure(volume_id, size):
    volume = Volume.objects.get(pk=volume_id)
    volume.size = size
    volume.save(update_fields=["size"])


def entitle_volume(request, volume_id):
    volume = Volume.objects.get(pk=volume_id)
    volume.title = request.POST["title"]
    volume.save()  # expect: FEN208 "size"


urlpatterns = [
    path("job/<int:pk>/", entitle_job),
    path("job/<int:pk>/alone/", entitle_job_alone),
    path("batch/<int:number>/", entitle_batch),
    path("batch/<int:number>/without/", entitle_batch_without),
    path("volume/<int:volume_id>/", entitle_volume),
]
