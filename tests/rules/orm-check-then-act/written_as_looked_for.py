"""A column that a row was looked for by, and that gets the same value again, is not changed."""

from django.db import models


class Person(models.Model):
    name = models.CharField(max_length=40)
    owner = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    faces = models.IntegerField(default=0)


def unknown_person(owner):
    looked = Person.objects.get_or_create(name="x", owner=owner, kind="none")  # expect: FEN205 "(kind, name, owner)"
    person = looked[0]
    if person.kind != "none":
        person.kind = "none"
        person.save()
    return person


def named_person(name, owner):
    person = Person.objects.get_or_create(name=name, owner=owner, kind="named")[0]  # expect: FEN205
    person.owner = owner
    person.save()
    return person


def named(name, owner, kind="none"):
    return Person.objects.get_or_create(name=name, owner=owner, kind=kind)[0]  # expect: FEN205


def counted(owner, label, faces):
    nobody = unknown_person(owner)
    if not faces:
        person = named("unknown " + label, owner=owner, kind="named")
        person.owner = owner
        person.save()
    return nobody
