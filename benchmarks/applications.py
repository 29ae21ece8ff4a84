"""What stands around the hazards of synthetic applications: the files that every one has, and those that all share.

``$App`` is the application in the names of classes, ``$app`` in the names of modules.
"""

from __future__ import annotations

FILES = {
    "__init__.py": "",
    "apps.py": """from django.apps import AppConfig


class $AppConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "$package"
    verbose_name = "$App"
""",
    "models.py": '''"""The rows of $app."""

from django.db import models


class $AppAccount(models.Model):
    owner = models.CharField(max_length=100)
    points = models.IntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["owner"]

    def __str__(self):
        return f"{self.owner}: {self.points}"


class $AppCoupon(models.Model):
    code = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10, choices=[("new", "New"), ("used", "Used")], default="new")

    def __str__(self):
        return self.code


class $AppDiscount(models.Model):
    order = models.IntegerField()

    def __str__(self):
        return str(self.order)


class $AppOrder(models.Model):
    total = models.IntegerField()
    placed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"{self.pk} ({self.total})"


class $AppSubscriber(models.Model):
    email = models.EmailField($unique)

    def __str__(self):
        return self.email
''',
    "views.py": '''"""What $app answers."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render

from common.clients import client_of
from $package.forms import $AppOrderForm
from $package.limits import add_bytes, count_request
from $package.models import $AppOrder
from $package.services import place, redeem, spend, subscribe
from $package.stock import Stock, reserve


def order_list(request):
    orders = $AppOrder.objects.order_by("-placed_at")[:50]
    return render(request, "$app/orders.html", {"orders": orders})


def order_detail(request, pk):
    order = get_object_or_404($AppOrder, pk=pk)
    return render(request, "$app/order.html", {"order": order})


def order_create(request):
    count_request(request.user.pk)
    form = $AppOrderForm(request.POST)
    if not form.is_valid():
        return render(request, "$app/form.html", {"form": form})
    if not reserve(Stock(client_of("$app")), form.cleaned_data["sku"]):
        return HttpResponse(status=409)
    order = place(form.cleaned_data["total"])
    return JsonResponse({"order": order.pk})


def points_spend(request, pk):
    spend(pk, int(request.POST["points"]))
    return HttpResponse(status=204)


def coupon_redeem(request, code):
    redeem(code, int(request.POST["order"]))
    return HttpResponse(status=204)


def newsletter(request):
    subscribe(request.POST["email"])
    add_bytes(request.user.pk, len(request.body))
    return HttpResponse(status=204)
''',
    "urls.py": """from django.urls import path

from $package import views

app_name = "$app"
urlpatterns = [
    path("orders/", views.order_list, name="orders"),
    path("orders/<int:pk>/", views.order_detail, name="order"),
    path("orders/new/", views.order_create, name="order-new"),
    path("accounts/<int:pk>/spend/", views.points_spend, name="spend"),
    path("coupons/<str:code>/", views.coupon_redeem, name="redeem"),
    path("newsletter/", views.newsletter, name="newsletter"),
]
""",
    "forms.py": """from django import forms


class $AppOrderForm(forms.Form):
    sku = forms.CharField(max_length=20)
    total = forms.IntegerField(min_value=0)

    def clean_sku(self):
        return self.cleaned_data["sku"].strip().upper()
""",
    "admin.py": """from django.contrib import admin

from $package.models import $AppAccount, $AppCoupon, $AppOrder


@admin.register($AppAccount)
class $AppAccountAdmin(admin.ModelAdmin):
    list_display = ["owner", "points"]
    search_fields = ["owner"]


@admin.register($AppCoupon)
class $AppCouponAdmin(admin.ModelAdmin):
    list_display = ["code", "state"]


@admin.register($AppOrder)
class $AppOrderAdmin(admin.ModelAdmin):
    list_display = ["pk", "total", "placed_at"]
""",
    "totals.py": '''"""Sums of $app."""

from $before import net_of

TAX = 19


def gross_of(amount):
    return net_of(amount) * (100 + TAX) // 100


def rounded(amount, step=5):
    return (amount + step // 2) // step * step
''',
    "migrations/__init__.py": "",
    "migrations/0001_initial.py": """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="$AppAccount",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("owner", models.CharField(max_length=100)),
                ("points", models.IntegerField(default=0)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="$AppCoupon",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("code", models.CharField(max_length=20, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="$AppDiscount",
            fields=[("id", models.BigAutoField(primary_key=True)), ("order", models.IntegerField())],
        ),
        migrations.CreateModel(
            name="$AppOrder",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("total", models.IntegerField()),
                ("placed_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="$AppSubscriber",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("email", models.EmailField($unique)),
            ],
        ),
    ]
""",
    "migrations/0002_state.py": """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("$app", "0001_initial")]
    operations = [
        migrations.AddField("$AppCoupon", "state", models.CharField(max_length=10, default="new")),
    ]
""",
    "tests/__init__.py": "",
    "tests/test_services.py": """from $package.models import $AppAccount
from $package.services import spend


def test_points_are_spent(db):
    account = $AppAccount.objects.create(owner="a", points=10)
    spend(account.pk, 1)
    account.refresh_from_db()
    assert account.points < 10
""",
    "tests/test_totals.py": """from $package.totals import gross_of, rounded


def test_gross():
    assert gross_of(0) == 0


def test_rounded():
    assert rounded(12) == 10
""",
    "domain/__init__.py": "",
}

COMMON = {
    "manage.py": """import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
""",
    "pyproject.toml": """[project]
name = "synthetic"
version = "1"
""",
    "config/__init__.py": "",
    "config/celery.py": """from celery import Celery

app = Celery("config")
app.autodiscover_tasks()
""",
    "config/settings.py": """SECRET_KEY = "only for benchmarks"
ROOT_URLCONF = "config.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "synthetic"}}
INSTALLED_APPS = [
$installed]
""",
    "config/urls.py": """from django.urls import include, path

urlpatterns = [
$included]
""",
    "common/__init__.py": "",
    "common/clients.py": '''"""Connections that all applications share."""

import redis

_clients = {}


def client_of(name) -> redis.Redis:
    if name not in _clients:
        _clients[name] = redis.Redis.from_url(f"redis://{name}")
    return _clients[name]
''',
    "common/sums.py": '''"""What all applications compute alike."""


def net_of(amount):
    return max(amount, 0)
''',
}
