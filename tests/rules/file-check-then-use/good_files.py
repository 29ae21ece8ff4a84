"""One call that asks and acts, errors that are caught, locks, names that nobody else has."""

import contextlib
import os
import shutil
import tempfile
import uuid
from pathlib import Path

from celery import shared_task
from django.conf import settings
from filelock import FileLock

DATA = Path("/srv/data")


def exist_ok():
    if not os.path.exists(settings.EXPORT_DIR):
        os.makedirs(settings.EXPORT_DIR, exist_ok=True)


def missing_ok():
    if DATA.exists():
        DATA.unlink(missing_ok=True)


def ignored_errors():
    if os.path.isdir("/srv/work"):
        shutil.rmtree("/srv/work", ignore_errors=True)


def exclusive():
    if not os.path.exists("/srv/pid"):
        with open("/srv/pid", "x", encoding="utf-8") as file:
            file.write("1")


def caught():
    if os.path.exists("/srv/state"):
        try:
            os.remove("/srv/state")
        except FileNotFoundError:
            pass


def caught_as_os_error():
    try:
        if not os.path.isdir("/srv/exports"):
            os.makedirs("/srv/exports")
    except OSError:
        return False
    return True


def suppressed():
    if DATA.exists():
        with contextlib.suppress(FileNotFoundError):
            DATA.unlink()


def under_a_file_lock():
    with FileLock("/srv/media.lock"):
        if os.path.exists("/srv/current"):
            os.rename("/srv/current", "/srv/previous")


def written_aside_and_moved():
    if not os.path.exists("/srv/current"):
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write("1")
        os.replace(file.name, "/srv/current")


def temporary_directory():
    directory = tempfile.mkdtemp()
    if os.path.exists(directory):
        shutil.rmtree(directory)


def in_a_temporary_directory(name):
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / name
        if not target.exists():
            target.mkdir()


def name_of_its_own():
    target = DATA / f"{uuid.uuid4()}.pdf"
    if not target.exists():
        target.write_bytes(b"")


def only_told():
    if not os.path.exists("/srv/state"):
        print("nothing to do")


def another_path():
    if not os.path.exists("/srv/a"):
        os.makedirs("/srv/b")


def overwritten_where_it_is():
    if not os.path.exists("/srv/state"):
        raise FileNotFoundError("/srv/state")
    with open("/srv/state", "w", encoding="utf-8") as file:
        file.write("1")


@shared_task
def read_where_it_is(name):
    path = os.path.join(settings.MEDIA_ROOT, name)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            return file.read()
    return None


def helper_that_nobody_is_seen_to_call(directory):
    if not os.path.exists(directory):
        os.makedirs(directory)
