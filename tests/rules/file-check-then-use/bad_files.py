"""Asked, then done: with os, shutil, pathlib and a storage."""

import os
import os.path as osp
import shutil
from os.path import exists, isdir, isfile
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

ROOT = "/srv/media"
DATA = Path("/srv/data")


def make_directory():
    if not os.path.exists(settings.EXPORT_DIR):  # expect: FEN212 "EXPORT_DIR"
        os.makedirs(settings.EXPORT_DIR)


def make_directory_with_another_import():
    directory = osp.join(ROOT, "exports")
    if not osp.isdir(directory):  # expect: FEN212
        os.mkdir(directory)


def returns_early():
    if exists("/srv/pid"):  # expect: FEN212
        return False
    with open("/srv/pid", "w", encoding="utf-8") as file:
        file.write(str(1))
    return True


def removed():
    if isfile("/srv/state"):  # (low confidence: who comes second learns that it is gone, as it wished)
        os.remove("/srv/state")


def removed_with_pathlib():
    state = DATA / "state.json"
    if state.exists():  # (low confidence: who comes second learns that it is gone, as it wished)
        state.unlink()


def made_with_pathlib():
    target = DATA / "exports"
    if not target.is_dir():  # expect: FEN212
        target.mkdir(parents=True)


def emptied():
    if isdir("/srv/work"):  # (low confidence: who comes second learns that it is gone, as it wished)
        shutil.rmtree("/srv/work")


def renamed():
    old = "/srv/current"
    if os.path.exists(old):  # expect: FEN212
        os.rename(old, "/srv/previous")


def moved_to_its_place():
    if not os.path.exists("/srv/current"):  # expect: FEN212
        shutil.move("/srv/next", "/srv/current")


@shared_task
def path_of_an_argument(name):
    target = os.path.join(settings.MEDIA_ROOT, name)
    if not os.path.exists(target):  # (low confidence: whether two requests name one path is not known)
        os.makedirs(target)


@shared_task
def first_free_name(name):
    path = Path(settings.MEDIA_ROOT) / name
    while path.exists():  # (low confidence: whether two requests name one path is not known)
        path = path.with_suffix(".1")
    path.write_bytes(b"")


@shared_task
def in_a_storage(name, data):
    if not default_storage.exists(name):  # (low confidence: whether two requests name one path is not known)
        default_storage.save(name, ContentFile(data))


async def in_async_code():
    if not os.path.exists("/srv/exports"):  # expect: FEN212
        os.makedirs("/srv/exports")
