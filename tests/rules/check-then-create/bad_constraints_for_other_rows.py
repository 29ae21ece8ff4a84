"""Constraints that are there, but not for the rows that are made."""

from django.db import models
from django.db.models import Q


class Folder(models.Model):
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=40)

    class Meta:
        unique_together = [("parent", "name")]


class Booking(models.Model):
    seat = models.IntegerField()
    show = models.IntegerField()
    state = models.CharField(max_length=10, default="open")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat", "show"], condition=Q(state="paid"), name="paid_once"),
        ]


class Named(models.Model):
    slug = models.SlugField()
    lang = models.CharField(max_length=2)

    class Meta:
        abstract = True
        unique_together = [("slug", "lang")]


class Page(Named):
    title = models.CharField(max_length=40)

    class Meta:
        ordering = ["title"]


class Address(models.Model):
    email = models.EmailField(unique=True)


def at_the_top(name):
    if not Folder.objects.filter(parent=None, name=name).exists():  # expect: FEN205
        Folder.objects.create(parent=None, name=name)


def at_the_top_by_default(name):
    if not Folder.objects.filter(parent__isnull=True, name=name).exists():  # expect: FEN205
        Folder.objects.create(name=name)


def not_paid(seat, show):
    if not Booking.objects.filter(seat=seat, show=show, state="held").exists():  # expect: FEN205
        Booking.objects.create(seat=seat, show=show, state="held")


def open_by_default(seat, show):
    if not Booking.objects.filter(seat=seat, show=show).exists():  # expect: FEN205 "constraint on seat, show is stated"
        Booking.objects.create(seat=seat, show=show)


def options_not_inherited(slug, lang, title):
    Page.objects.get_or_create(slug=slug, lang=lang, defaults={"title": title})  # expect: FEN205 "(on lang, slug)"


def in_other_letters(email):
    if not Address.objects.filter(email__iexact=email).exists():  # expect: FEN205
        Address.objects.create(email=email)
