from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Greatest


class Account(models.Model):
    owner = models.CharField(max_length=80, unique=True)
    balance = models.IntegerField(default=0)
    visits = models.IntegerField(default=0)
    note = models.TextField(blank=True)

    def visit(self):
        self.visits = F("visits") + 1
        self.save(update_fields=["visits"])


def f_expression(pk, amount):
    account = Account.objects.get(pk=pk)
    account.balance = F("balance") - amount
    account.save(update_fields=["balance"])


def f_expression_then_refresh(pk, amount):
    account = Account.objects.get(pk=pk)
    account.balance = F("balance") - amount
    account.save(update_fields=["balance"])
    account.refresh_from_db()
    return account.balance


def f_expression_through_the_module(pk, amount):
    account = Account.objects.get(pk=pk)
    account.balance = models.F("balance") - amount
    account.save()


def update(pk, amount):
    Account.objects.filter(pk=pk).update(balance=F("balance") - amount)


def update_with_a_condition(pk, amount):
    changed = Account.objects.filter(pk=pk, balance__gte=amount).update(balance=F("balance") - amount)
    if changed != 1:
        raise ValueError(pk)


def update_with_a_function(pk, amount):
    Account.objects.filter(pk=pk).update(balance=Greatest(F("balance"), amount))


def counter_after_get_or_create(owner):
    account, _created = Account.objects.get_or_create(owner=owner)
    account.visits = F("visits") + 1
    account.save(update_fields=["visits"])


def value_from_the_request(request, pk):
    account = Account.objects.get(pk=pk)
    account.note = request.POST["note"]
    account.save(update_fields=["note"])


def constant(pk):
    account = Account.objects.get(pk=pk)
    account.note = ""
    account.save(update_fields=["note"])


def other_column_of_the_row(pk):
    account = Account.objects.get(pk=pk)
    account.note = account.owner.title()
    account.save(update_fields=["note"])


def row_of_another_key(source_id, target_id):
    source = Account.objects.get(pk=source_id)
    Account.objects.filter(pk=target_id).update(note=source.owner)


def read_only(pk, amount):
    account = Account.objects.get(pk=pk)
    return account.balance - amount


def in_memory_only(account: Account, amount):
    account.balance -= amount
    return account


def row_made_here(owner, amount):
    account = Account(owner=owner, balance=0)
    account.balance += amount
    account.save()
    return account


def row_created_here(owner, lines):
    with transaction.atomic():
        account = Account.objects.create(owner=owner)
        for line in lines:
            account.balance += line
        account.save(update_fields=["balance"])
    return account


class SignUp:
    def row_made_in_a_helper(self, owner):
        account = self._new(owner)
        account.balance += 10
        account.save()
        return account

    def _new(self, owner):
        return Account(owner=owner)


async def awaited_update(pk, amount):
    await Account.objects.filter(pk=pk).aupdate(balance=F("balance") - amount)


def not_a_model(figure):
    figure.x = figure.x + 1
    figure.draw()
