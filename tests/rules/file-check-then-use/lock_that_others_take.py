"""Files of documents are moved under a lock between processes; who changes them without it gets in the way."""

import os
import shutil
import threading
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from filelock import FileLock

thread_lock = threading.Lock()


@receiver(post_save)
def move(sender, instance, **kwargs):
    with FileLock(settings.MEDIA_LOCK):
        old = instance.source_path
        instance.rename()
        os.rename(old, instance.source_path)
        shutil.move(sender.get_scratch(), instance.thumbnail)
        _prune(instance)


def _prune(instance):
    os.unlink(instance.draft_path)


@shared_task
def shorten(document):
    os.truncate(document.source_path, 0)
    shutil.move(document.source_path, "/srv/short")  # expect: FEN212 "without the lock"


@shared_task
def clean(documents):
    for document in documents:
        for path in (document.source_path, document.preview_path):
            os.unlink(path)  # expect: FEN212


@shared_task
def in_a_thread_lock(document):
    with thread_lock:
        Path(document.preview_path).write_text("")


@receiver(post_save)
def locked_too(sender, instance, **kwargs):
    lock = FileLock(settings.MEDIA_LOCK)
    lock.acquire()
    try:
        os.unlink(instance.source_path)
    finally:
        lock.release()


@shared_task
def other_file(document):
    os.unlink(document.upload_path)


@shared_task
def read(document):
    with open(document.source_path, "rb") as file:
        return file.read()


def helper(document):
    os.unlink(document.source_path)


@shared_task
def scratch(parser, target):
    shutil.move(parser.get_scratch(), Path(target).resolve())
