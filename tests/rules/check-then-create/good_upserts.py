from contextlib import contextmanager

from django.db import IntegrityError, models, transaction
from django.db.models import F


class Counter(models.Model):
    name = models.CharField(max_length=40, unique=True)
    n = models.IntegerField(default=0)


class AlreadyThere(Exception):
    pass


def updated_or_created_or_updated_again(name):
    """The loser of the race to create the row adds its one after all."""
    if Counter.objects.filter(name=name).update(n=F("n") + 1):
        return
    try:
        with transaction.atomic():
            Counter.objects.create(name=name, n=1)
    except IntegrityError:
        Counter.objects.filter(name=name).update(n=F("n") + 1)


def made_then_counted(name):
    counter, _created = Counter.objects.get_or_create(name=name)
    Counter.objects.filter(pk=counter.pk).update(n=F("n") + 1)


@contextmanager
def conflicts_translated():
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise AlreadyThere from error


def error_of_the_project_handled(name):
    if Counter.objects.filter(name=name).exists():
        return False
    try:
        with conflicts_translated():
            Counter.objects.create(name=name)
    except AlreadyThere:
        return False
    return True


def missing_ones_ignored_when_there(names):
    known = set(Counter.objects.values_list("name", flat=True))
    Counter.objects.bulk_create((Counter(name=name) for name in names if name not in known), ignore_conflicts=True)
    return Counter.objects.filter(name__in=names)


def deleted_by_condition(name):
    Counter.objects.filter(name=name).delete()
    return Counter.objects.get_or_create(name=name)


def missing_ones_made_in_bulk(names):
    """The constraint keeps them apart; nobody is seen to wait for the loser."""
    known = Counter.objects.filter(name__in=names)
    missing = set(names) - set(known.values_list("name", flat=True))
    Counter.objects.bulk_create([Counter(name=name) for name in missing])
