"""A row that is looked for by a value which each caller makes anew: no two runs look for the same one."""

import uuid

from django.db import models
from django.views import View

from shop.later import run_later


class Job(models.Model):
    number = models.CharField(max_length=36, unique=True)
    kind = models.CharField(max_length=20)


def clean(number):
    if Job.objects.filter(number=number).exists():
        job = Job.objects.get(number=number)
        job.kind = "again"
    else:
        job = Job.objects.create(number=number, kind="clean")
    job.save()


def sweep(number):
    if not Job.objects.filter(number=number).exists():  # expect: FEN205
        Job.objects.create(number=number, kind="sweep")


def dust(number):
    if not Job.objects.filter(number=number).exists():  # expect: FEN205
        Job.objects.create(number=number, kind="dust")


class Clean(View):
    def post(self, request):
        number = uuid.uuid4()
        clean(number)
        sweep(number)
        dust(number)


class Sweep(View):
    def post(self, request):
        sweep(number=request.POST["number"])


class Dust(View):
    def post(self, request):
        run_later(dust, request.POST["number"])
