import stripe
from celery import shared_task
from django.core.mail import send_mail
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt


class Event(models.Model):
    key = models.CharField(max_length=80, unique=True)


class Wallet(models.Model):
    owner = models.CharField(max_length=40, unique=True)
    credit = models.IntegerField(default=0)


class Order(models.Model):
    reference = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10)
    paid = models.IntegerField(default=0)


def event_of(request):
    return stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")


@csrf_exempt
def recorded(request):
    event = event_of(request)
    try:
        with transaction.atomic():
            Event.objects.create(key=event["id"])
            Wallet.objects.filter(owner=event["account"]).update(credit=F("credit") + 1)
    except IntegrityError:
        pass
    return HttpResponse()


@csrf_exempt
@transaction.atomic
def recorded_by_decorator(request):
    event = event_of(request)
    _, is_new = Event.objects.get_or_create(key=event["id"])
    if not is_new:
        return HttpResponse()
    Wallet.objects.filter(owner=event["account"]).update(credit=F("credit") + 1)
    return HttpResponse()


@csrf_exempt
def keyed(request):
    event = event_of(request)
    stripe.Refund.create(charge=event["charge"], idempotency_key=f"refund:{event['id']}")
    return HttpResponse()


@csrf_exempt
def absolute(request):
    event = event_of(request)
    Order.objects.filter(reference=event["order"]).update(state="paid", paid=event["amount"])
    Order.objects.update_or_create(reference=event["order"], defaults={"state": "paid"})
    return HttpResponse()


@csrf_exempt
def stated(request):
    event = event_of(request)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(reference=event["order"])
        if order.state != "open":
            return HttpResponse()
        order.state = "paid"
        order.paid += event["amount"]
        order.save()
    return HttpResponse()


@shared_task
def work_on(key):
    Order.objects.filter(reference=key).update(state="paid")


@csrf_exempt
def handed_on(request):
    event = event_of(request)
    work_on.delay(event["id"])
    return HttpResponse()


@csrf_exempt
def before_it_is_verified(request):
    Wallet.objects.filter(owner="tries").update(credit=F("credit") + 1)
    event_of(request)
    return HttpResponse()


def page(request):
    send_mail("Seen", "…", "shop@example.org", ["me@example.org"])
    return HttpResponse()
