# unsafe
"""Functions that a library calls with events."""

from django.db import models, transaction
from djstripe.event_handlers import djstripe_receiver
from slack_bolt import App

app = App()


class ProcessedMessage(models.Model):
    key = models.CharField(max_length=200, unique=True)


class Visit(models.Model):
    user = models.CharField(max_length=40)


@djstripe_receiver("invoice.paid")
def on_paid(event, **kwargs):
    with transaction.atomic():
        _, is_new = ProcessedMessage.objects.get_or_create(key=f"fenceline:registered.on_paid:{event.id}")
        if not is_new:
            return
        Visit.objects.create(user=event.customer)


@app.event("app_home_opened")
def opened(event, say):
    Visit.objects.create(user=event["user"])  # unfixed: "tells one message from another"
