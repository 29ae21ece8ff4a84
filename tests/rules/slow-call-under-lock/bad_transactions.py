import subprocess
import time
from functools import partial

import requests
from django.db import connection, models, transaction
from django.db.models import F


class Order(models.Model):
    state = models.CharField(max_length=16)
    tries = models.IntegerField()


class Document(models.Model):
    path = models.CharField(max_length=200)


def row_lock_then_call(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        requests.post("https://bank.example.com/", json={"order": pk}, timeout=30)  # expect: FEN409 "locked Order"
        order.state = "paid"
        order.save()


@transaction.atomic
def write_then_call(pk):
    Order.objects.filter(pk=pk).update(tries=F("tries") + 1)
    requests.post("https://bank.example.com/", json={"order": pk})  # expect: FEN409 "without timeout"


def sums_up(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
        requests.get("https://bank.example.com/a", timeout=3)  # expect: FEN409 "= 6 s"
        requests.get("https://bank.example.com/b", timeout=3)


def in_a_loop(pks):
    with transaction.atomic():
        for pk in pks:
            requests.get(f"https://bank.example.com/{pk}", timeout=2)  # expect: FEN409 "in a loop"
            Order.objects.filter(pk=pk).update(state="paid")


def process(path, script):
    with transaction.atomic():
        document = Document.objects.create(path=path)
        subprocess.run([script, str(document.pk)], check=True)  # expect: FEN409 "what it has written is not seen"


def sleeps(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="waiting")
        time.sleep(10)  # expect: FEN409 "sleep"


def inner_block_is_no_commit(pk):
    with transaction.atomic():
        with transaction.atomic():
            Order.objects.filter(pk=pk).update(state="paying")
        requests.get("https://bank.example.com/", timeout=20)  # expect: FEN409


def raw(pk):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT state FROM orders WHERE id = %s FOR UPDATE", [pk])
        requests.get("https://bank.example.com/", timeout=20)  # expect: FEN409


def hook_and_call(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
        transaction.on_commit(partial(requests.get, "https://bank.example.com/after"))
        requests.get("https://bank.example.com/before")  # expect: FEN409
