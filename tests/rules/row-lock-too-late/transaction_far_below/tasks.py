"""The tasks over them."""

from celery import shared_task

from .baskets import Basket, finish_all


@shared_task
def nightly(pks):
    finish_all(pks)


@shared_task
def nightly_unguarded(pk):
    Basket.objects.select_for_update().filter(pk=pk).first()  # expect: FEN209
