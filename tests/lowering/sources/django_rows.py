from celery import shared_task
from django.db import models, transaction
from django.db.models import F


class Account(models.Model):
    email = models.EmailField(unique=True)
    points = models.IntegerField(default=0)


@shared_task
def congratulate(account_id):
    return account_id


def changed_in_memory(account_id, points):
    account = Account.objects.get(pk=account_id)
    account.points += points
    account.save()


def conditional_update(account_id, points):
    changed = Account.objects.filter(pk=account_id, points__gte=points).update(points=F("points") - points)
    if not changed:
        raise ValueError(account_id)


def looked_for_then_created(email):
    if not Account.objects.filter(email=email).exists():
        Account.objects.create(email=email)


def locked_and_told_after_the_commit(account_id):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account_id)
        account.points = 0
        account.save(update_fields=["points"])
        transaction.on_commit(lambda: congratulate.delay(account.pk))
