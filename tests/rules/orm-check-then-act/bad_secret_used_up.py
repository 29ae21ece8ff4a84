"""A secret that counts once, something done besides, and a version that is no secret."""

from django.contrib.auth.hashers import check_password
from django.db import models


class Account(models.Model):
    name = models.CharField(max_length=20, unique=True)
    code = models.CharField(max_length=100, null=True)
    version = models.CharField(max_length=20)
    text = models.TextField()


class Login(models.Model):
    name = models.CharField(max_length=20)


def use_up(name, given):
    account = Account.objects.get(name=name)  # expect: FEN204
    if not check_password(given, account.code):
        raise PermissionError(name)
    account.code = None
    account.save(update_fields=["code"])
    Login.objects.create(name=name)


def next_code(name, given, following):
    account = Account.objects.get(name=name)  # expect: FEN204
    if not check_password(given, account.code):
        raise PermissionError(name)
    account.code = following
    account.save(update_fields=["code"])
    Login.objects.create(name=name)


def edit(name, seen, following, text):
    account = Account.objects.get(name=name)  # expect: FEN204
    if account.version != seen:
        raise ValueError("somebody else was faster")
    account.version = following
    account.text = text
    account.save(update_fields=["version", "text"])
