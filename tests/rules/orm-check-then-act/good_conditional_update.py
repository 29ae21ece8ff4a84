from celery import shared_task
from django.db import models
from django.db.models import F


class Job(models.Model):
    state = models.CharField(max_length=10, default="queued")
    runs_left = models.IntegerField(default=1)

    def claim(self):
        return bool(Job.objects.filter(pk=self.pk, state="queued").update(state="running"))


@shared_task
def run(job_id):
    return job_id


def count_tested(pk):
    claimed = Job.objects.filter(pk=pk, state="queued").update(state="running")
    if claimed != 1:
        return False
    run.delay(pk)
    return True


def count_tested_after_an_unlocked_look():
    job = Job.objects.filter(state="queued").order_by("pk").first()
    if job is None:
        return False
    if not Job.objects.filter(pk=job.pk, state="queued").update(state="running"):
        return False
    run.delay(job.pk)
    return True


def count_returned(pk):
    return Job.objects.filter(pk=pk, state="queued").update(state="running") == 1


def number_in_the_condition(pk):
    job = Job.objects.get(pk=pk)
    if job.runs_left < 1:
        return False
    taken = Job.objects.filter(pk=pk, runs_left__gte=1).update(runs_left=F("runs_left") - 1)
    return taken == 1


def condition_by_exclude(pk):
    if Job.objects.filter(pk=pk).exclude(state="running").update(state="running"):
        run.delay(pk)


def old_state_from_the_row(job: Job, state):
    changed = Job.objects.filter(pk=job.pk, state=job.state).update(state=state)
    if not changed:
        raise RuntimeError("changed meanwhile")


def method_claims(pk):
    job = Job.objects.get(pk=pk)
    if job.claim():
        run.delay(pk)


def deleted_count_tested(pk):
    deleted, _by_model = Job.objects.filter(pk=pk, state="queued").delete()
    if deleted:
        run.delay(pk)


def deleted_by_condition(limit):
    Job.objects.filter(state="done", pk__lt=limit).delete()


def rows_chosen_by_a_locking_subquery(limit):
    oldest = Job.objects.select_for_update(skip_locked=True).filter(state="queued").order_by("pk")[:limit]
    return Job.objects.filter(pk__in=oldest).update(state="running")


async def awaited_count_tested(pk):
    claimed = await Job.objects.filter(pk=pk, state="queued").aupdate(state="running")
    if not claimed:
        return False
    return True
