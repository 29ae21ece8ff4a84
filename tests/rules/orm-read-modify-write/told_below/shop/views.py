"""Who loads the row: told once, where it is computed, if that function knows what it computes with."""

from django.urls import path

from shop.models import Account
from shop.wallets import add, store


def typed(request, pk):
    account = Account.objects.get(pk=pk)
    add(account, 3)


def computed_here(request, pk):
    account = Account.objects.get(pk=pk)  # expect: FEN203
    store(account, account.points + 3)


urlpatterns = [path("a/<int:pk>", typed), path("c/<int:pk>", computed_here)]
