"""Functions that a library calls with events."""

from django.db import models
from djstripe.event_handlers import djstripe_receiver
from slack_bolt import App

app = App()


class Visit(models.Model):
    user = models.CharField(max_length=40)


@djstripe_receiver("invoice.paid")
def on_paid(event, **kwargs):
    Visit.objects.create(user=event.customer)


@app.event("app_home_opened")
def opened(event, say):
    Visit.objects.create(user=event["user"])  # unfixed: "tells one message from another"
