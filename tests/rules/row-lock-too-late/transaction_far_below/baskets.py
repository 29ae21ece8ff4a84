"""The transaction is opened many calls below the task: what is not read that far may well open one."""

from contextlib import contextmanager

from django.db import DatabaseError, models, transaction


class Basket(models.Model):
    done = models.BooleanField(default=False)


@contextmanager
def told():
    with transaction.atomic():
        yield


@contextmanager
def measured():
    with told():
        yield


@contextmanager
def committing():
    error = None
    with measured():
        try:
            yield
        except DatabaseError:
            raise
        except Exception as found:
            error = found
    if error:
        raise error


def finish(pk):
    with committing():
        basket = Basket.objects.select_for_update().filter(pk=pk).first()
        if basket is None:
            return None
        basket.done = True
        basket.save()
    return basket


def finish_paid(pk):
    return finish(pk)


def finish_all(pks):
    for pk in pks:
        finish_paid(pk)
