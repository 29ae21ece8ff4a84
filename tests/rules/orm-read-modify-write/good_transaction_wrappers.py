import functools
from contextlib import contextmanager

from django.db import OperationalError, models, transaction
from django_pglocks import advisory_lock


class Account(models.Model):
    balance = models.IntegerField(default=0)


@contextmanager
def traced_transaction():
    """Used as a context and as a decorator."""
    with transaction.atomic():
        yield


def transaction_unless_open():
    return transaction.atomic(durable=False)


def repeated_on_deadlock(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        for _attempt in range(3):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError:
                continue
        raise RuntimeError("too many deadlocks")

    return wrapper


@traced_transaction()
def generator_as_decorator(pk, amount):
    account = Account.objects.select_for_update().get(pk=pk)
    account.balance -= amount
    account.save(update_fields=["balance"])


def transaction_returned_by_a_function(pk, amount):
    with transaction_unless_open():
        account = Account.objects.select_for_update().get(pk=pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


@repeated_on_deadlock
def repeating_decorator(pk, amount):
    account = Account.objects.select_for_update().get(pk=pk)
    account.balance -= amount
    account.save(update_fields=["balance"])


class Job:
    def transaction_context(self):
        return transaction.atomic()

    def fetch(self, pk, base_queryset=None):
        queryset = Account.objects.all() if base_queryset is None else base_queryset
        return queryset.get(pk=pk)

    def transaction_returned_by_a_method(self, pk, amount):
        with self.transaction_context():
            account = Account.objects.select_for_update().get(pk=pk)
            account.balance -= amount
            account.save(update_fields=["balance"])

    def lock_in_an_argument(self, pk, amount):
        with transaction.atomic():
            account = self.fetch(pk, base_queryset=Account.objects.select_for_update(of=("self",)))
            account.balance -= amount
            account.save(update_fields=["balance"])


def advisory_lock_as_context(pk, amount):
    with advisory_lock(f"account-{pk}"):
        account = Account.objects.get(pk=pk)
        account.balance -= amount
        account.save(update_fields=["balance"])


@advisory_lock("all-accounts")
def advisory_lock_as_decorator(pk, amount):
    account = Account.objects.get(pk=pk)
    account.balance -= amount
    account.save(update_fields=["balance"])


class LockedWhileChanging:
    """Wraps what the next class does in a lock."""

    def change(self, pk, amount):
        with advisory_lock("all-accounts"):
            super().change(pk, amount)


class Changer:
    def change(self, pk, amount):
        Account.objects.filter(pk=pk).update(balance=amount)


class LockedChanger(LockedWhileChanging, Changer):
    pass
