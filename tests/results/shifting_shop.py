"""A small shop of which each file may be one of several, or none: all that one file may mean to others changes."""

from __future__ import annotations

import random
from pathlib import Path

INIT = ["", "from shop.stock import *\n", "from shop.stock import left as take\n", "import os\n\nNAME = os.name\n"]

STOCK = """\
import redis

{kept}
r = redis.Redis()


def left(sku):
    return int(r.get(f"stock:{{sku}}") or 0)


def {take}(sku):
    {act}
"""
LOCKED_STOCK = """\
import functools

import redis

r = redis.Redis()


def alone(function):
    @functools.wraps(function)
    def wrapper(sku):
        with r.lock(f"lock:{sku}", timeout=30):
            return function(sku)

    return wrapper


def left(sku):
    return int(r.get(f"stock:{sku}") or 0)


def take(sku):
    r.decr(f"stock:{sku}")
"""
VIEWS = """\
from {where} import left, take
{more}

{decorator}def order(request, sku):
{body}
"""
PLAIN = """\
    if left(sku) > 0:
        take(sku)
    return sku"""
UNDER_LOCK = """\
    from shop.stock import r

    with r.lock(f"order:{sku}", timeout=30):
        if left(sku) > 0:
            take(sku)
    return sku"""
URLS = """\
from django.urls import path
from shop import views, pages

urlpatterns = [path("{route}", views.order), path("visit/", pages.Visit.as_view())]
"""
PAGES = """\
from django.views import View
from shop.models import Page, {name}


class Visit(View):
    def post(self, request, slug):
        page = Page.objects.get(slug=slug)
        {change}
        page.save()
        if not {name}.objects.filter(code=slug).exists():
            {name}.objects.create(code=slug)
"""
MODELS = """\
from django.db import models


class {base}(models.Model):
    slug = models.TextField()
    visits = models.IntegerField(default=0)
    title = models.TextField()
{meta}

class Coupon(models.Model):
    code = models.CharField(max_length=20{unique})
{more}
"""
TASKS = """\
from celery import Celery, shared_task
from shop.models import Page

app = Celery("shop")


@shared_task{options}
def tidy(slug):
    page = Page.objects.get(slug=slug)
    page.title = page.title.strip()
    page.save()


def nightly():
    Page.objects.filter(visits=0).update(title="old")
    page = Page.objects.get(slug="sum")
    page.visits = page.visits + 1
    page.save()
"""
SETTINGS = """\
from celery.schedules import crontab

CELERY_TASK_ACKS_LATE = {late}
CELERY_BEAT_SCHEDULE = {{{entry}}}
"""
JOBS = """\
from apscheduler.schedulers.background import BackgroundScheduler
from shop.tasks import nightly

scheduler = BackgroundScheduler()
scheduler.add_job(nightly, "interval", seconds={seconds}{more})
"""
HELD = """\
import redis


def start(app):
    app.state.store = redis.Redis()
"""
USES_HELD = """\
def visit(request, page):
    n = int(request.app.state.store.get(f"visits:{page}") or 0)
    request.app.state.store.set(f"visits:{page}", n + 1)
"""
CALLER = """\
from django.db import transaction
from shop.pages import Visit
from shop.tasks import tidy


def save(slug):
    with transaction.atomic():
        Visit().post(None, slug)
        tidy.delay(slug)
"""
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.AddConstraint("Coupon", models.UniqueConstraint(fields=["code"], name="one_code"))]
"""

FILES: dict[str, list[str | None]] = {
    "shop/__init__.py": [*INIT],
    "shop/stock.py": [
        STOCK.format(kept="", take="take", act='r.decr(f"stock:{sku}")'),
        STOCK.format(kept="", take="take", act='r.set(f"stock:{sku}", left(sku) - 1)'),
        STOCK.format(kept='__all__ = ["left"]\n', take="take", act='r.decr(f"stock:{sku}")'),
        STOCK.format(kept="", take="taken", act='r.decr(f"stock:{sku}")'),
        STOCK.format(kept="# counted\n", take="take", act="pass"),
        LOCKED_STOCK,
        None,
        "def broken(:\n",
    ],
    "shop/stock/__init__.py": [None, None, None, "def left(sku):\n    return 1\n\n\ndef take(sku):\n    pass\n"],
    "shop/views.py": [
        VIEWS.format(where="shop.stock", more="", decorator="", body=PLAIN),
        VIEWS.format(where="shop", more="", decorator="", body=PLAIN),
        VIEWS.format(where="shop.stock", more="", decorator="", body=UNDER_LOCK),
        VIEWS.format(where="shop.stock", more="from shop.stock import alone\n", decorator="@alone\n", body=PLAIN),
        VIEWS.format(where=".stock", more="# below\n", decorator="", body=PLAIN),
    ],
    "shop/urls.py": [URLS.format(route="orders/<sku>"), URLS.format(route="buy/<sku>"), None],
    "shop/pages.py": [
        PAGES.format(name="Coupon", change="page.visits += 1"),
        PAGES.format(name="Coupon", change='page.title = "new"'),
        PAGES.format(name="Coupon", change="page.visits = page.visits + left()").replace(
            "from shop.models", "from shop import left\nfrom shop.models"
        ),
    ],
    "shop/models.py": [
        MODELS.format(base="Page", meta="", unique="", more=""),
        MODELS.format(base="Page", meta="", unique=", unique=True", more=""),
        MODELS.format(
            base="Page",
            meta='\n    class Meta:\n        db_table = "pages"\n',
            unique="",
            more="    used = models.BooleanField()\n",
        ),
        MODELS.format(base="Sheet", meta="", unique="", more="\n\nclass Page(Sheet):\n    pass\n"),
    ],
    "shop/tasks.py": [
        TASKS.format(options=""),
        TASKS.format(options="(acks_late=True, bind=False)"),
        TASKS.format(options='(name="neat")'),
    ],
    "shop/settings.py": [
        SETTINGS.format(late="False", entry=""),
        SETTINGS.format(late="True", entry=""),
        SETTINGS.format(late="False", entry='"a": {"task": "shop.tasks.tidy", "schedule": 30.0}'),
        SETTINGS.format(late="True", entry='"a": {"task": "neat", "schedule": crontab(minute=0)}'),
        None,
    ],
    "shop/jobs.py": [None, JOBS.format(seconds=60, more=""), JOBS.format(seconds=60, more=", max_instances=3")],
    "shop/start.py": [None, HELD, HELD.replace("redis.Redis()", "object()")],
    "shop/held.py": [None, USES_HELD],
    "shop/calls.py": [None, CALLER],
    "shop/migrations/__init__.py": [None, ""],
    "shop/migrations/0001_codes.py": [None, MIGRATION],
    "redis.py": [None, None, None, "class Redis:\n    pass\n"],
    "more/other.py": ["x = 1\n", "from shop.stock import take\n\n\ndef other(sku):\n    take(sku)\n", None],
}


class Shop:
    """The files below a directory, each in one of its forms."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root = root
        self.chance = chance
        self.held: dict[str, str | None] = {name: forms[0] for name, forms in FILES.items()}
        for name in FILES:
            self._write(name)

    def step(self) -> str:
        """Give one file another form, or shift its lines; says which."""
        name = self.chance.choice(sorted(FILES))
        text = self.held[name]
        if text is not None and self.chance.random() < 0.25:
            self.held[name] = f"# moved\n{text}" if not text.startswith("# moved") else text.removeprefix("# moved\n")
        else:
            self.held[name] = self.chance.choice([one for one in FILES[name] if one != text] or [text])
        self._write(name)
        return name

    def _write(self, name: str) -> None:
        path, text = self.root / name, self.held[name]
        if text is None:
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
