import requests
from django.db import models
from djstripe.event_handlers import djstripe_receiver
from slack_bolt import App

app = App()


class Visit(models.Model):
    user = models.CharField(max_length=40)


@djstripe_receiver("invoice.paid")
def on_paid(event, **kwargs):
    requests.post("https://books.example.org/entries", json={"id": event.id}, timeout=10)  # expect: FEN309 "Stripe"


@app.event("app_home_opened")
def opened(event, say):
    Visit.objects.create(user=event["user"])  # expect: FEN309 "Slack"


@app.command("/report")
def report(ack, command):
    ack()
    Visit.objects.create(user=command["user_id"])
