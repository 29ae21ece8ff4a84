from contextlib import contextmanager

import redis
from django.db import models, transaction

client = redis.Redis(host="cache", socket_timeout=2)


class AccountQuerySet(models.QuerySet):
    def locked(self):
        return self.select_for_update()


class Account(models.Model):
    owner = models.CharField(max_length=80)
    balance = models.IntegerField(default=0)

    objects = AccountQuerySet.as_manager()

    def self_bound_anew(self, amount):
        with transaction.atomic():
            self = Account.objects.select_for_update().get(pk=self.pk)
            self.balance -= amount
            self.save()

    def refreshed_under_the_lock(self, amount):
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=self.pk)
            self.refresh_from_db()
            self.balance -= amount
            self.save(update_fields=["balance"])

    def refreshed_by_a_locking_queryset(self, amount):
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Account.objects.select_for_update())
            self.balance -= amount
            self.save(update_fields=["balance"])


class Entry(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    cents = models.IntegerField()


def locked_get(pk, amount):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        if account.balance < amount:
            raise ValueError(pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


@transaction.atomic
def locked_get_in_a_decorated_function(pk, amount):
    account = Account.objects.select_for_update().get(pk=pk)
    account.balance -= amount
    account.save()


def locked_filter_first(pk, amount):
    with transaction.atomic():
        account = Account.objects.filter(pk=pk).select_for_update(nowait=True).first()
        if account is not None:
            account.balance -= amount
            account.save(update_fields=["balance"])


def locked_rows_in_a_loop(owner, amount):
    with transaction.atomic():
        for account in Account.objects.select_for_update().filter(owner=owner).order_by("pk"):
            account.balance -= amount
            account.save(update_fields=["balance"])


def locking_accounts():
    return Account.objects.order_by("pk").select_for_update(of=("self",))


def locked_by_a_helper(pk, amount):
    with transaction.atomic():
        account = locking_accounts().get(pk=pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


def locked_by_a_queryset_method(pk, amount):
    with transaction.atomic():
        account = Account.objects.locked().get(pk=pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


def fetch(pk, for_update=False):
    accounts = Account.objects.all()
    if for_update:
        accounts = accounts.select_for_update()
    return accounts.get(pk=pk)


def locked_by_a_flag(pk, amount):
    with transaction.atomic():
        account = fetch(pk, for_update=True)
        account.balance -= amount
        account.save(update_fields=["balance"])


def pay_in(account, amount):
    account.balance += amount
    account.save(update_fields=["balance"])


def locked_row_handed_to_a_helper(pk, amount):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        pay_in(account, amount)


@contextmanager
def in_transaction():
    with transaction.atomic():
        yield


def transaction_made_by_the_project(pk, amount):
    with in_transaction():
        account = Account.objects.select_for_update().get(pk=pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


def locked_parent(entry_id, cents):
    with transaction.atomic():
        Account.objects.select_for_update().get(entry=entry_id)
        entry = Entry.objects.get(pk=entry_id)
        entry.cents += cents
        entry.save(update_fields=["cents"])


def distributed_lock(pk, amount):
    with client.lock(f"lock:account:{pk}", timeout=10, blocking_timeout=3):
        account = Account.objects.get(pk=pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


class Folder(models.Model):
    name = models.CharField(max_length=40)


class Sheet(models.Model):
    folder = models.ForeignKey(Folder, on_delete=models.CASCADE)
    times = models.IntegerField(default=0)


def add_under_the_parents_lock(folder):
    with transaction.atomic():
        Folder.objects.select_for_update().filter(pk=folder.pk).first()
        sheet = Sheet.objects.filter(folder=folder).first()
        if sheet is not None:
            _count_up(sheet)


def _count_up(sheet: Sheet):
    sheet.times += 1
    sheet.save(update_fields=["times"])


def locked_in_the_callers_transaction(pk, amount):
    """Django refuses such a read where no transaction is open."""
    account = Account.objects.select_for_update().get(pk=pk)
    account.balance -= amount
    account.save(update_fields=["balance"])
