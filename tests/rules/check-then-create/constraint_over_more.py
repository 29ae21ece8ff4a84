"""What a constraint covers of rows that are looked for by other conditions, and of rows that lack a value."""

from django.db import models


class Language(models.Model):
    name = models.CharField(max_length=20, unique=True)


class Lines(models.Model):
    language = models.ForeignKey(Language, on_delete=models.CASCADE)
    project = models.CharField(max_length=20)
    code = models.IntegerField(default=0)

    class Meta:
        unique_together = [("language", "project")]


class Vote(models.Model):
    poll = models.CharField(max_length=20)
    voter = models.CharField(max_length=20)

    class Meta:
        unique_together = [("poll", "voter")]


class Day(models.Model):
    date = models.DateField(null=True)
    owner = models.CharField(max_length=20)

    class Meta:
        unique_together = [("date", "owner")]


def add_lines(project, name, code):
    if not Lines.objects.filter(language__name__iexact=name, project=project):
        language = Language.objects.get(name__iexact=name)
        Lines(language=language, project=project, code=code).save()


def add_lines_of(project, name, code):
    if not Lines.objects.filter(project=project):  # expect: FEN205 "no unique constraint on project is stated"
        language = Language.objects.get(name__iexact=name)
        Lines(language=language, project=project, code=code).save()


def vote(poll, voter):
    if not Vote.objects.filter(poll=poll).exists():  # expect: FEN205
        Vote.objects.create(poll=poll, voter=voter)


def undated(owner):
    return Day.objects.get_or_create(date=None, owner=owner)[0]  # expect: FEN205 "rows without date are all different"


def undated_by_hand(owner):
    if not Day.objects.filter(date=None, owner=owner).exists():  # expect: FEN205 "rows without date are all different"
        Day.objects.create(date=None, owner=owner)


def near(owner, first, last):
    if Day.objects.filter(owner=owner, date__range=(first, last)).count() == 0:
        Day.objects.create(owner=owner, date=first)
