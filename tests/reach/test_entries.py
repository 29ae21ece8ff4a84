"""Which functions somebody runs, and as what, in each framework's ways to say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.lower import functions_of
from fenceline.analyzer.models import Models, load_models
from fenceline.linking.analysis import open_project
from fenceline.linking.calls import place_of
from fenceline.linking.reach import entry_at


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


def kinds(root: Path, models: Models, text: str) -> dict[str, str]:
    file = root / "app.py"
    file.write_text(text, encoding="utf-8")
    analysis = open_project(root, models)
    module = analysis.project.module_of(file)
    assert module is not None
    places = [place_of(module, name, node, owner) for name, node, owner in functions_of(module)]
    return {place.name: entry_at(analysis, place).what for place in places}


@pytest.mark.parametrize(
    ("imports", "definition", "what"),
    [
        ("import strawberry", "@strawberry.mutation\ndef run(info): ...", "view"),
        ("from slack_bolt import App\napp = App()", "@app.event('message')\ndef run(event): ...", "view"),
        ("from fastapi import APIRouter\napi = APIRouter()", "@api.websocket('/x')\nasync def run(ws): ...", "view"),
        (
            "from starlette.routing import WebSocketRoute",
            "async def run(ws): ...\nr = [WebSocketRoute('/', run)]",
            "view",
        ),
        (
            "from telegram.ext import CommandHandler",
            "def run(update, context): ...\nh = CommandHandler('go', run)",
            "view",
        ),
        (
            "from telegram.ext import MessageHandler",
            "def run(u, c): ...\nh = MessageHandler(None, callback=run)",
            "view",
        ),
        ("from django.urls import path", "def run(request): ...\nurlpatterns = [path('x', run)]", "view"),
        ("from django.dispatch import receiver", "@receiver(None)\ndef run(sender, **kw): ...", "receiver"),
        ("from celery import shared_task", "@shared_task\ndef run(): ...", "task"),
        ("import click", "@click.command()\ndef run(): ...", "command"),
        ("revision = 'a'\ndown_revision = 'b'", "def run(): ...", "migration"),
        (
            "from django.db import migrations\nclass Migration(migrations.Migration): ...",
            "def run(a, s): ...",
            "migration",
        ),
        ("", "def run(): ...\nif __name__ == '__main__':\n    run()", "command"),
        ("", "def run(): ...", ""),
    ],
)
def test_functions(tmp_path: Path, models: Models, imports: str, definition: str, what: str):
    assert kinds(tmp_path, models, f"{imports}\n\n\n{definition}\n")["run"] == what


@pytest.mark.parametrize(
    ("imports", "base", "method", "what"),
    [
        ("from django.views import View", "View", "dispatch", "view"),
        ("from django.views.generic import CreateView", "CreateView", "form_valid", "view"),
        ("from rest_framework.viewsets import ModelViewSet as M", "M", "perform_create", "view"),
        ("from rest_framework import serializers", "serializers.ModelSerializer", "create", "view"),
        ("from flask.views import MethodView", "MethodView", "put", "view"),
        ("from starlette.endpoints import WebSocketEndpoint as W", "W", "on_receive", "view"),
        ("from sanic.views import HTTPMethodView", "HTTPMethodView", "post", "view"),
        ("import tornado.web", "tornado.web.RequestHandler", "post", "view"),
        ("from tornado.websocket import WebSocketHandler as W", "W", "on_message", "view"),
        ("import graphene", "graphene.Mutation", "mutate", "view"),
        ("from channels.generic.websocket import WebsocketConsumer as W", "W", "receive", "consumer"),
        ("from django.contrib import admin", "admin.ModelAdmin", "save_model", "view"),
        ("from django.core.management.base import BaseCommand as B", "B", "handle", "command"),
        ("from django.views import View", "View", "helper", ""),
    ],
)
def test_methods(tmp_path: Path, models: Models, imports: str, base: str, method: str, what: str):
    text = f"{imports}\n\n\nclass Run({base}):\n    def {method}(self, *args): ...\n"
    assert kinds(tmp_path, models, text)[f"Run.{method}"] == what


def test_a_command_that_loops_for_ever_is_a_job(tmp_path: Path, models: Models):
    loop = "def run():\n    while True:\n        time.sleep(1)\n"
    text = f"import time\n\n\n{loop}\n\nif __name__ == '__main__':\n    run()\n"
    assert kinds(tmp_path, models, text)["run"] == "job"
