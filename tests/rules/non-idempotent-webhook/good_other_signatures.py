import hashlib
import hmac
import secrets

import requests
from celery import shared_task
from django.core.mail import send_mail
from django.core.management.base import BaseCommand
from django.http import HttpResponse
from django.urls import path
from stripe import Webhook
from twilio.request_validator import RequestValidator

SECRET = b"secret"


def unsubscribe(request, address, token):
    expected = hmac.new(SECRET, address.encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(expected, token):
        send_mail("Gone", "…", "shop@example.org", [address])
    return HttpResponse()


def with_token(request):
    if secrets.compare_digest(request.headers["X-Token"], "token"):
        send_mail("Hello", "…", "shop@example.org", ["me@example.org"])
    return HttpResponse()


def signs_what_it_sends(request):
    signature = hmac.new(SECRET, request.body, hashlib.sha256).hexdigest()
    requests.post("https://peer.example.org/", data=request.body, headers={"X-Signature": signature}, timeout=10)
    return HttpResponse()


def by_its_sender_perhaps(request):
    if RequestValidator("token").validate(request.build_absolute_uri(), request.POST, request.headers["X-Twilio"]):
        send_mail("SMS", "…", "shop@example.org", ["me@example.org"])
    return HttpResponse()


@shared_task
def replay(payload, signature):
    event = Webhook.construct_event(payload, signature, "whsec")
    print(event)


class Command(BaseCommand):
    def handle(self, *args, **options):
        Webhook.construct_event(options["payload"], options["signature"], "whsec")
        send_mail("Replayed", "…", "shop@example.org", ["me@example.org"])


urlpatterns = [
    path("unsubscribe/<address>/<token>/", unsubscribe),
    path("token/", with_token),
    path("sign/", signs_what_it_sends),
    path("sms/", by_its_sender_perhaps),
]
