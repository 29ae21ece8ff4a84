"""What is handed to a pool is run, with the rows that it is handed; in no transaction of whoever hands it over."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests
from django.core.management.base import BaseCommand
from django.db import models, transaction


class Alert(models.Model):
    state = models.CharField(max_length=10)
    due = models.DateTimeField()

    def send(self):
        requests.post("https://pager.example/", json={"alert": self.pk}, timeout=3)


pool = ThreadPoolExecutor(max_workers=4)


class Command(BaseCommand):
    def round(self, now):
        query = Alert.objects.filter(due__lt=now)
        late = list(query.filter(state="late")) + list(query.filter(state="new"))  # expect: FEN204
        for one in [pool.submit(self.deliver, alert) for alert in late]:
            one.result()

    def deliver(self, alert):
        alert.state = "sent"
        alert.save(update_fields=["state"])
        alert.send()

    def handle(self, *args, **options):
        while True:
            self.round(time.time())
            time.sleep(1)


class Claiming(BaseCommand):
    def handle(self, *args, **options):
        while True:
            with ThreadPoolExecutor() as workers:
                list(workers.map(self.deliver, Alert.objects.filter(state="late")))
            time.sleep(1)

    def deliver(self, alert):
        if Alert.objects.filter(pk=alert.pk, state="late").update(state="sent"):
            alert.send()


class Mapping(BaseCommand):
    def handle(self, *args, **options):
        while True:
            with ThreadPoolExecutor() as workers:
                list(workers.map(self.deliver, Alert.objects.filter(state="new")))  # expect: FEN204
            time.sleep(1)

    def deliver(self, alert):
        alert.send()
        alert.state = "sent"
        alert.save(update_fields=["state"])


def inside(pk):
    """The thread has a connection of its own: of what it does, nothing is said here."""
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(pk=pk)
        pool.submit(alert.send)
