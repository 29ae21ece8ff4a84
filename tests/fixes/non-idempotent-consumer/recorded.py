"""Tasks that change rows, whose message may come again."""

from celery import shared_task
from django.db import models
from django.db import transaction as tx
from django.db.models import F
from django.utils.translation import gettext as _


class Account(models.Model):
    owner = models.CharField(max_length=40, unique=True, verbose_name=_("owner"))
    cents = models.IntegerField(default=0)


class Entry(models.Model):
    cents = models.IntegerField()


@shared_task(bind=True, acks_late=True)
def add(self, pk, cents):
    """Adds."""
    Account.objects.filter(pk=pk).update(cents=F("cents") + cents)


@shared_task(bind=True, acks_late=True)
def add_in_memory(self, pk, cents):
    with tx.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        # as the bank says
        account.cents += cents
        account.save(update_fields=["cents"])


@shared_task(bind=True, acks_late=True)
def enter(task, pk, cents):
    if cents <= 0:
        return False
    Account.objects.filter(pk=pk).update(cents=F("cents") + cents)
    Entry.objects.create(cents=cents)
    return True


@shared_task(acks_late=True)
def unbound(pk, cents):
    Account.objects.filter(pk=pk).update(cents=F("cents") + cents)  # unfixed: "bind=True"


@shared_task(bind=True, acks_late=True)
def by_hand(self, pk, cents):
    Account.objects.filter(pk=pk).update(cents=F("cents") + cents)  # unfixed: "called by hand"


def now(pk):
    by_hand(pk, 1)
