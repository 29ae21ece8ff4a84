import braintree
import razorpay
import stripe
import svix.webhooks
from adyen_settings import HMAC_KEY
from Adyen.util import is_valid_hmac_notification
from django.core.mail import send_mail
from django.db import models
from django.db.models import F
from django.http import HttpResponse
from django.urls import path
from django.views import View
from rest_framework.views import APIView
from stripe import Webhook as StripeHook
from svix import Webhook


class Wallet(models.Model):
    owner = models.CharField(max_length=40, unique=True)
    credit = models.IntegerField(default=0)


class Payment(models.Model):
    reference = models.CharField(max_length=40)


gateway = braintree.BraintreeGateway({})
client = stripe.StripeClient("sk")


def stripe_hook(request):
    try:
        event = stripe.Webhook.construct_event(request.body, request.META["HTTP_STRIPE_SIGNATURE"], "whsec")
    except ValueError:
        return HttpResponse(status=400)
    if event["type"] == "invoice.paid":
        send_mail("Paid", "…", "shop@example.org", [event["data"]["object"]["email"]])  # expect: FEN309 "Stripe"
    return HttpResponse()


async def stripe_client_hook(request):
    event = client.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    Payment.objects.create(reference=event.data.object.id)  # expect: FEN309 "creates Payment"
    return HttpResponse()


class SvixHook(View):
    def post(self, request):
        event = Webhook("whsec").verify(request.body, request.headers)
        Wallet.objects.filter(owner=event["user"]).update(credit=F("credit") + 1)  # expect: FEN309
        return HttpResponse()


class LongNames(APIView):
    def post(self, request):
        hook = svix.webhooks.Webhook("whsec")
        event = hook.verify(data=request.body, headers=request.headers)
        wallet = Wallet.objects.select_for_update().get(owner=event["user"])
        wallet.credit += event["amount"]
        wallet.save()  # expect: FEN309
        return HttpResponse()


def braintree_hook(request):
    event = gateway.webhook_notification.parse(request.POST["bt_signature"], request.POST["bt_payload"])
    Payment.objects.create(reference=event.subscription.id)  # expect: FEN309 "Braintree"
    return HttpResponse()


def adyen_hook(request):
    item = request.POST
    if not is_valid_hmac_notification(item, HMAC_KEY):
        return HttpResponse(status=401)
    Payment.objects.create(reference=item["pspReference"])  # expect: FEN309 "Adyen"
    return HttpResponse("[accepted]")


def razorpay_hook(request):
    client = razorpay.Client(auth=("id", "secret"))
    client.utility.verify_webhook_signature(request.body.decode(), request.headers["X-Razorpay-Signature"], "s")
    Payment.objects.create(reference="…")  # expect: FEN309 "Razorpay"
    return HttpResponse()


def renamed(request):
    event = StripeHook.construct_event(
        payload=request.body, sig_header=request.headers["Stripe-Signature"], secret="whsec"
    )
    stripe.Refund.create(charge=event["data"]["object"]["charge"])  # expect: FEN309 "without an idempotency key"
    return HttpResponse()


urlpatterns = [
    path("stripe/", stripe_hook),
    path("stripe-client/", stripe_client_hook),
    path("svix/", SvixHook.as_view()),
    path("long/", LongNames.as_view()),
    path("braintree/", braintree_hook),
    path("adyen/", adyen_hook),
    path("razorpay/", razorpay_hook),
    path("renamed/", renamed),
]
