import threading

from django.db import models
from django.db.models import Q

thread_lock = threading.Lock()


class Member(models.Model):
    email = models.EmailField(unique=True)
    nickname = models.CharField(max_length=40)
    club = models.CharField(max_length=40)
    year = models.IntegerField()
    number = models.IntegerField()

    class Meta:
        unique_together = [("club", "year", "number")]
        constraints = [
            models.UniqueConstraint(fields=["nickname"], condition=Q(year__gt=2020), name="new_nicknames"),
        ]
        indexes = [models.Index(fields=["club"])]


class Log(models.Model):
    key = models.CharField(max_length=40, db_index=True)
    slug = models.SlugField(unique_for_date="day")
    day = models.DateField()


def other_field_is_unique(nickname, email):
    return Member.objects.get_or_create(nickname=nickname, defaults={"email": email})  # expect: FEN205


def part_of_a_unique_set(club, year, email, number):
    return Member.objects.get_or_create(  # expect: FEN205
        club=club, year=year, defaults={"email": email, "number": number}
    )


def index_is_no_constraint(key, day):
    return Log.objects.get_or_create(key=key, defaults={"day": day})  # expect: FEN205


def unique_for_date_is_checked_in_forms_only(slug, day):
    if not Log.objects.filter(slug=slug, day=day).exists():  # expect: FEN205
        Log.objects.create(slug=slug, day=day)


def error_of_another_kind_handled(key, day):
    try:
        if not Log.objects.filter(key=key).exists():  # expect: FEN205
            Log.objects.create(key=key, day=day)
    except Log.MultipleObjectsReturned:
        pass


def thread_lock_is_not_enough(key, day):
    with thread_lock:
        if not Log.objects.filter(key=key).exists():  # expect: FEN205
            Log.objects.create(key=key, day=day)
