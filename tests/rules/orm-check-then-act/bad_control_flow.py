import logging
import threading

from django.core.mail import send_mail
from django.db import models
from django.http import HttpResponse
from django.views import View

log = logging.getLogger(__name__)
thread_lock = threading.Lock()


class Job(models.Model):
    state = models.CharField(max_length=10, default="queued")
    attempts = models.IntegerField(default=0)


def walrus(pk):
    if (job := Job.objects.get(pk=pk)).state == "queued":  # expect: FEN204
        job.state = "running"
        job.save(update_fields=["state"])
        return True
    return False


def matched(pk):
    job = Job.objects.get(pk=pk)  # expect: FEN204
    match job.state:
        case "queued":
            job.state = "running"
            job.save(update_fields=["state"])
            return True
        case _:
            return False


def tested_in_a_variable(pk):
    job = Job.objects.get(pk=pk)  # expect: FEN204
    may_run = job.state == "queued"
    if not may_run:
        return False
    job.state = "running"
    job.save(update_fields=["state"])
    return True


def one_of_several(pk):
    job = Job.objects.get(pk=pk)  # expect: FEN204
    if job.state not in ("queued", "failed"):
        return False
    job.state = "running"
    job.save(update_fields=["state"])
    return True


def nested_ifs(pk, force):
    job = Job.objects.get(pk=pk)  # expect: FEN204
    if not force:
        if job.state != "queued":
            return False
    log.info("running %s", pk)
    job.state = "running"
    job.save(update_fields=["state"])
    return True


def missing_row_caught(pk):
    try:
        job = Job.objects.get(pk=pk)  # expect: FEN204
    except Job.DoesNotExist:
        return False
    if job.state != "queued":
        return False
    job.state = "running"
    job.save(update_fields=["state"])
    return True


def thread_lock_is_not_enough(pk):
    with thread_lock:
        job = Job.objects.get(pk=pk)  # expect: FEN204
        if job.state != "queued":
            return False
        job.state = "running"
        job.save(update_fields=["state"])
        return True


def in_a_nested_function(pk):
    def start():
        job = Job.objects.get(pk=pk)  # expect: FEN204
        if job.state != "queued":
            return False
        job.state = "running"
        job.save(update_fields=["state"])
        return True

    return start()


def keys_in_a_loop(pks):
    for pk in pks:
        job = Job.objects.get(pk=pk)  # expect: FEN204
        if job.state != "done":
            continue
        job.state = "archived"
        job.save(update_fields=["state"])
        send_mail("Archived", str(pk), "jobs@example.org", ["someone@example.org"])


def effect_before_the_write(pk):
    job = Job.objects.get(pk=pk)  # expect: FEN204
    if job.state != "done":
        return
    send_mail("Done", str(pk), "jobs@example.org", ["someone@example.org"])
    Job.objects.filter(pk=pk).update(state="told")


async def awaited(pk):
    job = await Job.objects.aget(pk=pk)  # expect: FEN204
    if job.state != "queued":
        return False
    job.state = "running"
    await job.asave(update_fields=["state"])
    return True


async def awaited_update(pk):
    job = await Job.objects.filter(pk=pk, state="queued").afirst()  # expect: FEN204
    if job is None:
        return False
    await Job.objects.filter(pk=pk).aupdate(state="running")
    return True


class StartView(View):
    def get_object(self, pk):
        return Job.objects.get(pk=pk)  # expect: FEN204

    def post(self, request, pk):
        job = self.get_object(pk)
        if job.state != "queued":
            return HttpResponse(status=409)
        job.state = "running"
        job.save(update_fields=["state"])
        send_mail("Started", str(pk), "jobs@example.org", ["someone@example.org"])
        return HttpResponse(status=204)
