"""Constraints of expressions, of some of the rows, of bases and beside the class."""

from django.db import IntegrityError, models
from django.db.models import Q
from django.db.models.functions import Lower


class Named(models.Model):
    slug = models.SlugField()
    lang = models.CharField(max_length=2)

    class Meta:
        abstract = True
        unique_together = [("slug", "lang")]


class Page(Named):
    title = models.CharField(max_length=40)


class Story(Named):
    title = models.CharField(max_length=40)

    class Meta(Named.Meta):
        ordering = ["title"]


class Post(Named):
    day = models.DateField()

    class Meta(Named.Meta):
        unique_together = Named.Meta.unique_together + [("slug", "day")]


class Address(models.Model):
    email = models.EmailField()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_email")]


class Lease(models.Model):
    room = models.IntegerField()
    is_open = models.BooleanField(default=True)
    ended = models.DateTimeField(null=True)
    state = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room"], condition=Q(is_open=True), name="one_open"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(ended__isnull=True) & ~Q(state="lost"), name="one_running"
            ),
        ]


class Folder(models.Model):
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="one_name")]


def by_the_base(slug, lang, title):
    Page.objects.get_or_create(slug=slug, lang=lang, defaults={"title": title})


def by_options_of_the_base(slug, lang, title):
    Story.objects.get_or_create(slug=slug, lang=lang, defaults={"title": title})


def by_options_and_more(slug, lang, day):
    Post.objects.get_or_create(slug=slug, lang=lang, defaults={"day": day})
    Post.objects.get_or_create(slug=slug, day=day, defaults={"lang": lang})


def whatever_the_letters(email):
    try:
        if not Address.objects.filter(email__iexact=email).exists():
            Address.objects.create(email=email)
    except IntegrityError:
        pass
    Address.objects.get_or_create(email=email)


def open_ones(room):
    Lease.objects.get_or_create(room=room, is_open=True)


def running(state):
    Lease.objects.get_or_create(state="new", ended=None, defaults={"room": 0, "is_open": False})


def nulls_compared(name):
    Folder.objects.get_or_create(parent=None, name=name)
