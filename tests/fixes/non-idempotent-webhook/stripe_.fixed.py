# unsafe
"""Events of Stripe that change rows: an event that comes again is only answered."""

import stripe
from django.core.mail import send_mail
from django.db import models, transaction
from django.db.models import F
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.views import View


class ProcessedMessage(models.Model):
    key = models.CharField(max_length=200, unique=True)


class Account(models.Model):
    customer = models.CharField(max_length=40, unique=True)
    credit = models.IntegerField(default=0)


class Payment(models.Model):
    reference = models.CharField(max_length=40)


def paid(request):
    """Credits an account."""
    try:
        event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    except ValueError:
        return HttpResponse(status=400)
    if event["type"] != "invoice.paid":
        return HttpResponse(status=422)
    charge = event["data"]["object"]

    with transaction.atomic():
        _, is_new = ProcessedMessage.objects.get_or_create(key=f"fenceline:stripe_.paid:{event['id']}")
        if not is_new:
            return HttpResponse(status=204)
        # what the customer has paid
        Account.objects.filter(customer=charge["customer"]).update(credit=F("credit") + charge["amount"])
    return HttpResponse(status=204)


class Hook(View):
    def post(self, request):
        event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
        with transaction.atomic():
            _, is_new = ProcessedMessage.objects.get_or_create(key=f"fenceline:stripe_.Hook.post:{event['id']}")
            if not is_new:
                return JsonResponse({"ok": True})
            if event["type"] == "invoice.paid":
                Payment.objects.create(reference=event["data"]["object"]["id"])  # one a payment
        return JsonResponse({"ok": True})


def mailed(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    send_mail("Paid", "…", "shop@example.org", [event["account"]])  # unfixed: "is not undone with the transaction"
    return HttpResponse()


def both(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    Payment.objects.create(reference=event["account"])  # unfixed: "is not undone with the transaction"
    send_mail("Paid", "…", "shop@example.org", [event["account"]])
    return HttpResponse()


def early(request):
    Payment.objects.create(reference="a request")
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    print(event)
    return HttpResponse()


def answers(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    account = Account.objects.filter(customer=event["account"]).first()
    if account is None:
        return HttpResponse(status=404)
    Payment.objects.create(reference=event["account"])  # unfixed: "more than one answer"
    return HttpResponse()


def told(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    payment = Payment.objects.create(reference=event["account"])  # unfixed: "made of what the work has given"
    return JsonResponse({"reference": payment.reference})


def failed(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    Payment.objects.create(reference=event["account"])  # unfixed: "not seen to say"
    return HttpResponse(status=503)


def redirected(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    Payment.objects.create(reference=event["account"])  # unfixed: "not seen to say"
    return redirect("home")


def swallowed(request):
    try:
        event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    except ValueError:
        print("not genuine")
    Payment.objects.create(reference="an event")  # unfixed: "not genuine is worked on"
    return HttpResponse()


def in_another(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    Payment.objects.using("ledger").create(reference=event["account"])  # unfixed: "another database"
    return HttpResponse()


def changed(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    event = event["data"]
    Payment.objects.create(reference=event["account"])  # unfixed: "set more than once"
    return HttpResponse()


def event_of(request):
    return stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")


def elsewhere(request):
    event = event_of(request)
    Payment.objects.create(reference=event["account"])  # unfixed: "verified in another function"
    return HttpResponse()


async def awaited(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    await Payment.objects.acreate(reference=event["account"])  # unfixed: "not async"
    return HttpResponse()


urlpatterns = [
    path("paid/", paid),
    path("hook/", Hook.as_view()),
    path("mailed/", mailed),
    path("both/", both),
    path("answers/", answers),
    path("told/", told),
    path("failed/", failed),
    path("redirected/", redirected),
    path("swallowed/", swallowed),
    path("in-another/", in_another),
    path("changed/", changed),
    path("elsewhere/", elsewhere),
    path("awaited/", awaited),
]
