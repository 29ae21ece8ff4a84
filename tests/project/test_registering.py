"""Of a project, only functions that may register others are read for it: most have some method of a dict in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer.models import load_models
from fenceline.linking import registry
from fenceline.linking.analysis import open_project

if TYPE_CHECKING:
    import pytest

SOURCE = """
import threading
import aiohttp.web
from aiohttp import web
from threading import Thread

def reads(options): return options.get("name"), options.items()
def deletes(store): store.delete("name")
def starts(): threading.Thread(target=reads).start()
def starts_by_name(): Thread(target=reads).start()
def routes(app): app.add_routes([web.get("/", reads)])
def routes_in_full(app): app.add_routes([aiohttp.web.get("/", reads)])
def routes_by_an_import_of_its_own(app):
    from aiohttp import web as pages
    app.add_routes([pages.get("/", reads)])
"""


def test_a_method_of_the_same_name_is_no_function_of_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app.py").write_text(SOURCE)
    read: list[str] = []
    monkeypatch.setattr(registry, "lower_function", lambda _low, _node, _owner, name: read.append(name))
    registry.ProjectRegistry(open_project(tmp_path, load_models())).jobs_of("celery.app")
    assert read == ["starts", "starts_by_name", "routes", "routes_in_full", "routes_by_an_import_of_its_own"]
