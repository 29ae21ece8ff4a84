"""The rows that link two rows of a relation: the library makes their class, with a constraint on each pair."""

from django.db import models


class Viewer(models.Model):
    name = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Tagging(models.Model):
    picture = models.ForeignKey("Picture", on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)


class Picture(models.Model):
    shared_to = models.ManyToManyField(Viewer, related_name="pictures")
    alike = models.ManyToManyField("self")
    tags = models.ManyToManyField(Tag, through=Tagging)


def share(request, picture_id, viewer_id):
    link = Picture.shared_to.through
    if not link.objects.filter(picture_id=picture_id, viewer_id=viewer_id).exists():
        link.objects.bulk_create([link(picture_id=picture_id, viewer_id=viewer_id)], ignore_conflicts=True)


def share_once(picture_id, viewer_id):
    Picture.shared_to.through.objects.get_or_create(picture_id=picture_id, viewer_id=viewer_id)


def compare(one, other):
    Picture.alike.through.objects.get_or_create(from_picture_id=one, to_picture_id=other)


def tag(picture_id, tag_id):
    Tagging.objects.get_or_create(picture_id=picture_id, tag_id=tag_id)  # expect: FEN205


def view(viewer_id):
    link = Picture.shared_to.through
    if not link.objects.filter(viewer_id=viewer_id).exists():  # expect: FEN205 "Picture_shared_to(viewer)"
        link.objects.create(viewer_id=viewer_id, picture_id=1)
