"""Effects that are the same when they are done twice, beside those that are not."""

import requests
from celery import shared_task
from django.db import models


class Door(models.Model):
    state = models.CharField(max_length=10)


@shared_task
def close(door_id):
    door = Door.objects.get(pk=door_id)
    if door.state == "closed":
        return
    requests.put(f"https://doors.example/{door_id}", json={"state": "closed"}, timeout=2)
    Door.objects.filter(pk=door_id).update(state="closed")


@shared_task
def close_and_tell(door_id):
    door = Door.objects.get(pk=door_id)  # expect: FEN204
    if door.state == "closed":
        return
    requests.post("https://bell.example/ring", json={"door": door_id}, timeout=2)
    Door.objects.filter(pk=door_id).update(state="closed")
