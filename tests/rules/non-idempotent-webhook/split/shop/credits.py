from django.db import transaction
from django.db.models import F

from .models import Seen, Wallet


def credit(owner, amount):
    Wallet.objects.filter(owner=owner).update(credit=F("credit") + amount)


def credit_on_time(owner, amount):
    Wallet.objects.filter(owner=owner).update(credit=F("credit") + amount)  # expect: FEN309


def credit_once(event, owner, amount):
    with transaction.atomic():
        if Seen.objects.get_or_create(event=event)[1]:
            credit(owner, amount)
