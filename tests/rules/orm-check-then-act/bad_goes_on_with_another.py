"""A task fills a column of a row that lacks it and sends another task, or mails: that is done twice."""

from celery import shared_task
from django.core.mail import send_mail
from django.db import models


class Member(models.Model):
    name = models.CharField(max_length=20)
    index = models.TextField(null=True)


@shared_task
def greet(pk):
    send_mail("welcome", str(pk), "shop@example.com", ["all@example.com"])


@shared_task
def fill(pk):
    member = Member.objects.get(pk=pk)  # expect: FEN204
    if member.index is None:
        member.index = member.name.lower()
        member.save(update_fields=["index"])
        greet.delay(pk)


@shared_task
def fill_and_mail(pk):
    member = Member.objects.get(pk=pk)  # expect: FEN204
    if member.index is None:
        member.index = member.name.lower()
        member.save(update_fields=["index"])
        send_mail("indexed", str(pk), "shop@example.com", ["all@example.com"])
        fill_and_mail.delay(pk + 1)
