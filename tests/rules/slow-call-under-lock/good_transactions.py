import subprocess
import time
from functools import partial

import requests
from django.db import models, transaction


class Order(models.Model):
    state = models.CharField(max_length=16)


class Document(models.Model):
    path = models.CharField(max_length=200)


def call_before_the_lock(pk):
    with transaction.atomic():
        answer = requests.post("https://bank.example.com/", json={"order": pk}, timeout=30)
        order = Order.objects.select_for_update().get(pk=pk)
        order.state = answer.text
        order.save()


def call_after_commit(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
    requests.post("https://bank.example.com/", json={"order": pk}, timeout=30)


def call_in_a_hook(pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
        transaction.on_commit(lambda: requests.post("https://bank.example.com/", json={"order": pk}))
        transaction.on_commit(partial(notify, pk))


def notify(pk):
    requests.post("https://bank.example.com/", json={"order": pk})
    time.sleep(20)


def short(pk):
    """A bound below five seconds is of low confidence."""
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
        requests.post("https://bank.example.com/", json={"order": pk}, timeout=3)


def new_rows_only(path):
    """Bounded, and nobody waits for rows that are new."""
    with transaction.atomic():
        document = Document.objects.create(path=path)
        requests.post("https://bank.example.com/", json={"document": document.pk}, timeout=20)


def on_another_way(pk, is_new):
    with transaction.atomic():
        if is_new:
            Order.objects.filter(pk=pk).update(state="new")
        else:
            subprocess.run(["check", str(pk)], check=True)


def reads_only(pk):
    with transaction.atomic():
        order = Order.objects.get(pk=pk)
        return requests.get(f"https://bank.example.com/{order.state}", timeout=30)


def no_transaction(pk):
    Order.objects.filter(pk=pk).update(state="paying")
    requests.post("https://bank.example.com/", json={"order": pk}, timeout=30)


def local_file(pk, path):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(state="paying")
        with open(path) as file:
            return file.read()
