"""Who knows the old password sets a new one: what is asked is who is there, and the last one set stands."""

import bcrypt
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone
from werkzeug.security import check_password_hash, generate_password_hash


class Account(models.Model):
    name = models.CharField(max_length=20, unique=True)
    password = models.CharField(max_length=100)
    changed_at = models.DateTimeField(null=True)

    def knows(self, given):
        if not given or not self.password:
            return False
        return bcrypt.checkpw(given.encode(), self.password)


def by_method(name, old, new):
    account = Account.objects.get(name=name)
    if not account.knows(old):
        raise PermissionError(name)
    account.password = bcrypt.hashpw(new.encode(), bcrypt.gensalt())
    account.save(update_fields=["password"])


def by_function(name, old, new):
    account = Account.objects.get(name=name)
    if check_password(old, account.password):
        account.password = make_password(new)
        account.changed_at = timezone.now()
        account.save(update_fields=["password", "changed_at"])
        return True
    return False


def by_hash(name, old, new):
    account = Account.objects.get(name=name)
    if not check_password_hash(account.password, old):
        return False
    account.password = generate_password_hash(new)
    account.save(update_fields=["password"])
    return True
