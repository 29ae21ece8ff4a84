from django.db import models, transaction
from django.shortcuts import get_object_or_404


class Account(models.Model):
    owner = models.CharField(max_length=80)
    balance = models.IntegerField(default=0)
    history = models.JSONField(default=list)
    note = models.TextField(blank=True)


def get_then_save(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    account.balance -= amount
    account.save()


def get_then_save_one_field(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203 "balance"
    account.balance = account.balance + amount
    account.save(update_fields=["balance"])


def first_then_save(owner, amount):
    account = Account.objects.filter(owner=owner).first()  # expect: FEN203
    if account is None:
        return
    account.balance += amount
    account.save(update_fields=["balance"])


def get_or_404_then_save(request, pk):
    account = get_object_or_404(Account, pk=pk)  # expect: FEN203
    account.balance += 1
    account.save(update_fields=["balance"])


def transaction_without_lock(pk, amount):
    with transaction.atomic():
        account = Account.objects.get(pk=pk)  # expect: FEN203
        account.balance -= amount
        account.save(update_fields=["balance"])


@transaction.atomic
def transaction_as_decorator(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    account.balance -= amount
    account.save(update_fields=["balance"])


def checked_then_computed(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    if account.balance < amount:
        raise ValueError(pk)
    account.balance -= amount
    account.save(update_fields=["balance"])


def through_a_local_name(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    before = account.balance
    after = before - amount
    account.balance = after
    account.save(update_fields=["balance"])


def written_by_update(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    Account.objects.filter(pk=pk).update(balance=account.balance - amount)


def read_by_values_list(pk, amount):
    balance = Account.objects.values_list("balance", flat=True).get(pk=pk)  # expect: FEN203
    Account.objects.filter(pk=pk).update(balance=balance - amount)


def highest(pk, amount):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    account.balance = max(account.balance, amount)
    account.save(update_fields=["balance"])


def appended_in_place(pk, entry):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    account.history.append(entry)
    account.save(update_fields=["history"])


def appended_by_a_new_list(pk, entry):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    account.history = [*account.history, entry]
    account.save(update_fields=["history"])


def text_put_together(pk, line):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    account.note = f"{account.note}\n{line}"
    account.save(update_fields=["note"])


def in_a_loop():
    for account in Account.objects.filter(balance__gt=0):  # expect: FEN203
        account.balance = account.balance * 2
        account.save(update_fields=["balance"])


def saved_in_bulk(rate):
    accounts = list(Account.objects.all())  # expect: FEN203
    for account in accounts:
        account.balance = account.balance * rate
    Account.objects.bulk_update(accounts, ["balance"])
