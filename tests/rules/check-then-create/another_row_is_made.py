"""A row that is made with another value, stated or by default, is none of those that were looked for."""

from django.db import models


class Notice(models.Model):
    owner = models.CharField(max_length=20, null=True)
    is_template = models.BooleanField(default=False)
    kind = models.CharField(max_length=20)


def first_notices(owner):
    try:
        notice = Notice.objects.get(is_template=True)
        notice.pk = None
        notice.is_template = False
        notice.owner = owner
    except Notice.DoesNotExist:
        notice = Notice(owner=owner)
    notice.save()


def first_notices_without_template(owner):
    template = Notice.objects.filter(is_template=True).first()
    if template is None:
        template = Notice(owner=owner)
    else:
        template.pk = None
        template.is_template = False
        template.owner = owner
    template.save()


def template():
    try:
        return Notice.objects.get(is_template=True)  # expect: FEN205
    except Notice.DoesNotExist:
        return Notice.objects.create(is_template=True)


def plain():
    try:
        return Notice.objects.get(is_template=False)  # expect: FEN205
    except Notice.DoesNotExist:
        return Notice.objects.create(owner="me")
