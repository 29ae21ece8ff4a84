from django.db import models, transaction


class Account(models.Model):
    balance = models.IntegerField(default=0)
    version = models.IntegerField(default=0)


def version_compared_in_the_update(pk, amount):
    account = Account.objects.get(pk=pk)
    changed = Account.objects.filter(pk=pk, version=account.version).update(
        balance=account.balance - amount, version=account.version + 1
    )
    if not changed:
        raise RuntimeError("changed meanwhile")


def old_value_compared_in_the_update(pk, amount):
    account = Account.objects.get(pk=pk)
    return Account.objects.filter(pk=pk, balance=account.balance).update(balance=account.balance - amount)


def stamp_compared_under_the_lock(account: Account, amount):
    with transaction.atomic():
        current = Account.objects.select_for_update().get(pk=account.pk)
        if current.version != account.version:
            return False
        current.balance = current.balance - amount
        current.version = current.version + 1
        current.save(update_fields=["balance", "version"])
        return True
