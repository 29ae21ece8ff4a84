"""The name of a file goes to a worker: what was written must be there when the worker opens it."""

import os
import tempfile
from pathlib import Path

from celery import shared_task
from django.conf import settings

OUT = Path(settings.EXPORT_DIR)


@shared_task
def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def inside_the_block(data):
    with tempfile.NamedTemporaryFile("wb", delete=False) as file:
        file.write(data)  # expect: FEN212 "neither flushed nor closed"
        read.delay(file.name)


def by_its_path(name, text):
    path = OUT / name
    with path.open("w") as file:
        for line in text:
            file.write(line)  # expect: FEN212
        read.apply_async(args=[str(path)])


def opened_by_name(name, text):
    target = os.path.join(settings.EXPORT_DIR, name)
    out = open(target, "w")
    out.write(text)  # expect: FEN212
    read.delay(target)
    out.close()


def written_again(data):
    with tempfile.NamedTemporaryFile("wb", delete=False) as file:
        file.write(data)
        file.flush()
        file.write(b"end")  # expect: FEN212
        read.delay(file.name)


def after_the_block(data):
    with tempfile.NamedTemporaryFile("wb", delete=False) as file:
        file.write(data)
    read.delay(file.name)


def flushed(data):
    with tempfile.NamedTemporaryFile("wb", delete=False) as file:
        file.write(data)
        file.flush()
        read.delay(file.name)


def closed(name, text):
    out = open(OUT / name, "w")
    out.write(text)
    out.close()
    read.delay(str(OUT / name))


def another_file(data, other):
    with tempfile.NamedTemporaryFile("wb", delete=False) as file:
        file.write(data)
        read.delay(other)


def one_or_the_other(data, is_large):
    file = tempfile.NamedTemporaryFile("wb", delete=False)
    if is_large:
        file.write(data)
        file.close()
    else:
        read.delay(file.name)
