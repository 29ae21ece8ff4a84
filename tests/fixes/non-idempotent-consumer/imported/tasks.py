from celery import shared_task
from django.db.models import F

from models import Account


@shared_task(bind=True, acks_late=True)
def add(self, pk, cents):
    Account.objects.filter(pk=pk).update(cents=F("cents") + cents)  # unfixed: "no model of the file"
