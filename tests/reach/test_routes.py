"""Under which method and path a view answers, in each framework's ways to say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenceline.analyzer.lower import functions_of
from fenceline.analyzer.models import load_models
from fenceline.linking.analysis import open_project
from fenceline.linking.calls import place_of
from fenceline.linking.reach import entry_at
from fenceline.linking.routes import joined, route_of

DJANGO = """from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from shop import views
from shop.views import Checkout

urlpatterns = [
    path("orders/", views.order, name="order"),
    path("checkout/<int:pk>/", Checkout.as_view()),
    re_path(r"^hooks/paid/$", csrf_exempt(views.paid)),
    path("inner/", include([path("deep/", views.deep)])),
]
"""
DJANGO_VIEWS = """from django.views import View
from django.views.decorators.http import require_http_methods, require_POST


def order(request): ...


@require_POST
def paid(request): ...


@require_http_methods(["GET", "POST"])
def deep(request): ...


class Checkout(View):
    def post(self, request, pk): ...
"""
ROOT = """from django.urls import include, path

urlpatterns = [path("api/", include("shop.urls"))]
"""


def routes_in(root: Path, files: dict[str, str]) -> dict[str, tuple[str, str]]:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        (file.parent / "__init__.py").touch()
    analysis = open_project(root, load_models())
    found = {}
    for name in files:
        module = analysis.project.module_of(root / name)
        assert module is not None
        for function, node, owner in functions_of(module):
            place = place_of(module, function, node, owner)
            entry = entry_at(analysis, place)
            if entry.what:
                found[function] = route_of(analysis, place, entry)
    return found


def test_django(tmp_path: Path):
    files = {"shop/urls.py": DJANGO, "shop/views.py": DJANGO_VIEWS, "site/urls.py": ROOT}
    assert routes_in(tmp_path, files) == {
        "order": ("", "/api/orders/"),
        "paid": ("POST", "/api/hooks/paid/"),
        "deep": ("GET, POST", "/api/inner/deep/"),
        "Checkout.post": ("POST", "/api/checkout/<int:pk>/"),
    }


def test_django_rest_framework(tmp_path: Path):
    views = """from rest_framework import routers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.generics import CreateAPIView


class Orders(viewsets.ModelViewSet):
    def perform_create(self, serializer): ...

    def destroy(self, request, pk=None): ...

    @action(detail=True, methods=["post"], url_path="pay-now")
    def pay(self, request, pk=None): ...

    @action(detail=False)
    def late(self, request): ...


class Base(CreateAPIView):
    def post(self, request): ...


class Refund(Base): ...


@api_view(["POST"])
def hook(request): ...
"""
    urls = """from django.urls import include, path
from rest_framework import routers

from shop.views import Orders, Refund, hook

router = routers.DefaultRouter()
router.register("orders", Orders)
urlpatterns = [path("v1/", include(router.urls)), path("refund/", Refund.as_view()), path("hook", hook)]
"""
    assert routes_in(tmp_path, {"shop/views.py": views, "shop/urls.py": urls}) == {
        "Orders.perform_create": ("POST", "/v1/orders"),
        "Orders.destroy": ("DELETE", "/v1/orders/{pk}/"),
        "Orders.pay": ("POST", "/v1/orders/{pk}/pay-now/"),
        "Orders.late": ("GET", "/v1/orders/late/"),
        "Base.post": ("POST", "/refund/"),
        "hook": ("POST", "/hook"),
    }


@pytest.mark.parametrize(
    ("imports", "decorator", "expected"),
    [
        ("from fastapi import APIRouter\napp = APIRouter(prefix='/v1')", "app.post('/x/{n}')", ("POST", "/v1/x/{n}")),
        ("import fastapi\napp = fastapi.FastAPI()", "app.websocket('/ws')", ("WEBSOCKET", "/ws")),
        ("from fastapi import FastAPI as F\napp = F()", "app.api_route('/x', methods=['PUT'])", ("PUT", "/x")),
        ("from flask import Flask\napp = Flask(__name__)", "app.route('/x/', methods=('post',))", ("POST", "/x/")),
        ("from flask import Flask\napp = Flask(__name__)", "app.route('/x')", ("GET", "/x")),
        ("from flask import Blueprint\nb = Blueprint('b', __name__, url_prefix='/a')", "b.get('/x')", ("GET", "/a/x")),
        ("from aiohttp import web\nroutes = web.RouteTableDef()", "routes.delete('/x')", ("DELETE", "/x")),
        ("from sanic import Sanic\napp = Sanic('a')", "app.patch('/x')", ("PATCH", "/x")),
        ("from litestar import post", "post('/x')", ("POST", "/x")),
        ("from fastapi import FastAPI\nfrom c import P\napp = FastAPI()", "app.get(P + '/x')", ("GET", "/…")),
    ],
)
def test_decorators(tmp_path: Path, imports: str, decorator: str, expected: tuple[str, str]):
    text = f"{imports}\n\n\n@{decorator}\nasync def view(): ...\n"
    assert routes_in(tmp_path, {"shop/views.py": text}) == {"view": expected}


def test_routers_within_routers(tmp_path: Path):
    api = """from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.post("")
def create(): ...
"""
    main = """from fastapi import APIRouter, FastAPI

from shop import api

outer = APIRouter()
outer.include_router(api.router, prefix="/v2")
app = FastAPI()
app.include_router(router=outer, prefix="/api")
"""
    assert routes_in(tmp_path, {"shop/api.py": api, "shop/main.py": main})["create"] == ("POST", "/api/v2/orders")


def test_a_blueprint_mounted_in_a_factory_gives_up_its_own_prefix(tmp_path: Path):
    text = """from flask import Blueprint, Flask

bp = Blueprint("b", __name__, url_prefix="/old")


@bp.post("/x")
def view(): ...


def create_app():
    app = Flask(__name__)
    app.register_blueprint(bp, url_prefix="/new")
    return app
"""
    assert routes_in(tmp_path, {"shop/app.py": text})["view"] == ("POST", "/new/x")


@pytest.mark.parametrize(
    ("imports", "call", "expected"),
    [
        ("from aiohttp import web\napp = web.Application()", "app.router.add_post('/x', view)", ("POST", "/x")),
        ("from aiohttp import web\napp = web.Application()", "app.add_routes([web.get('/x', view)])", ("GET", "/x")),
        (
            "from flask import Flask\napp = Flask('a')",
            "app.add_url_rule('/x', 'x', view, methods=['POST'])",
            ("POST", "/x"),
        ),
        (
            "from fastapi import FastAPI\napp = FastAPI()",
            "app.add_api_route('/x', view, methods=['PUT'])",
            ("PUT", "/x"),
        ),
        (
            "from starlette.routing import Mount, Route",
            "routes = [Mount('/api', routes=[Route('/x', endpoint=view, methods=['POST'])])]",
            ("POST", "/api/x"),
        ),
    ],
)
def test_calls_that_name_the_function(tmp_path: Path, imports: str, call: str, expected: tuple[str, str]):
    text = f"{imports}\n\n\nasync def view(request): ...\n\n\n{call}\n"
    assert routes_in(tmp_path, {"shop/views.py": text}) == {"view": expected}


@pytest.mark.parametrize(
    ("pieces", "path"),
    [
        (["api/", "orders/"], "/api/orders/"),
        (["", ""], "/"),
        (["/v1", "/x"], "/v1/x"),
        (["^a/", "^b$"], "/a/b"),
        (["a/", ""], "/a/"),
    ],
)
def test_pieces_are_joined(pieces: list[str], path: str):
    assert joined(pieces) == path
