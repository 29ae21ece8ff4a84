"""A call made first and sent then; a receiver that reads the row again in a try, or needs its key alone."""

from django.db import models
from django_q.tasks import AsyncTask, async_task


class User(models.Model):
    name = models.CharField(max_length=20)


class Picture(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    tag = models.CharField(max_length=20)


class Job(models.Model):
    started_by = models.ForeignKey(User, on_delete=models.CASCADE)
    number = models.CharField(max_length=20)


def tag_one(picture, job):
    failed = False
    try:
        picture.refresh_from_db()
        picture.tag = "seen"
        picture.save(update_fields=["tag"])
    except Exception:
        print("no", picture.pk)
        failed = True
    print(job, failed)


def tag_stale(picture, job):
    if picture.tag:
        print(job)


def unused(job, user):
    print(job)


def names_owner(user, job):
    Job.objects.create(started_by=user, number=job)
    for one in Picture.objects.filter(owner=user):
        print(one.tag)


def tag_all(user, job):
    for picture in Picture.objects.filter(owner=user.pk):
        AsyncTask(tag_one, picture, job).run()
        async_task(tag_one, picture, job)


def tag_all_stale(user, job):
    for picture in Picture.objects.filter(owner=user.pk):
        AsyncTask(tag_stale, picture, job).run()  # expect: FEN308
        async_task(tag_stale, picture, job)  # expect: FEN308


def others(user: User, job):
    AsyncTask(unused, job=job, user=user).run()
    async_task(unused, job, user)
    AsyncTask(names_owner, user, job).run()
    async_task(names_owner, user, job)
    AsyncTask(asks_owner, user, job).run()  # expect: FEN308
    async_task(asks_owner, user, job)  # expect: FEN308


def asks_owner(user, job):
    Job.objects.create(started_by=user.name, number=job)
