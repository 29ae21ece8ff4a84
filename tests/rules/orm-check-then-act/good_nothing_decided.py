import uuid

from celery import shared_task
from django.db import models, transaction
from django.utils import timezone


class Note(models.Model):
    seen = models.BooleanField(default=False)
    status = models.CharField(max_length=10, default="new")
    text = models.TextField()
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    opened_at = models.DateTimeField(null=True)


class Setting(models.Model):
    frozen = models.BooleanField(default=False)


@shared_task
def index(note_id):
    return note_id


def same_constant_either_way(pk):
    note = Note.objects.get(pk=pk)
    if not note.seen:
        note.seen = True
        note.save(update_fields=["seen"])


def same_constant_on_a_parameter(note: Note):
    if note.status == "new":
        note.status = "read"
        note.save(update_fields=["status"])


def check_then_raise_only(pk):
    note = Note.objects.get(pk=pk)
    if note.status == "deleted":
        raise ValueError(pk)
    return note.text


def other_model_decides(pk, text):
    if Setting.objects.get(pk=1).frozen:
        raise ValueError("frozen")
    Note.objects.filter(pk=pk).update(text=text)


def other_column_decides(pk, text):
    note = Note.objects.get(pk=pk)
    if note.status == "deleted":
        return False
    note.text = text
    note.save(update_fields=["text"])
    return True


def write_comes_without_a_decision(pk, text):
    note = Note.objects.get(pk=pk)
    note.text = text
    note.save(update_fields=["text"])
    index.delay(note.pk)


def decision_after_the_write(pk):
    Note.objects.filter(pk=pk).update(seen=True)
    if Note.objects.get(pk=pk).status == "new":
        index.delay(pk)


def row_created_here(text):
    with transaction.atomic():
        note = Note.objects.create(text=text)
        if note.status == "new":
            note.status = "filed"
            note.save(update_fields=["status"])
    index.delay(note.pk)


def row_of_another_key(source_id, target_id):
    source = Note.objects.get(pk=source_id)
    if source.seen:
        Note.objects.filter(pk=target_id).update(opened_at=timezone.now())


def parameter_decides(pk, status):
    if status == "read":
        Note.objects.filter(pk=pk).update(seen=True)


def in_memory_only(note: Note):
    if not note.seen:
        note.seen = True
    return note


def read_only(pk):
    note = Note.objects.get(pk=pk)
    return note.text if note.seen else ""


def only_what_differs_is_written(note: Note, text, status):
    """A column that is as the caller wants it is not in the UPDATE."""
    changed = []
    if text and note.text != text:
        note.text = text
        changed.append("text")
    if note.status != status:
        note.status = status
        changed.append("status")
    if changed:
        note.save(update_fields=changed)


def written_whole_though_only_set_where_it_differs(pk, status):
    note = Note.objects.get(pk=pk)
    if note.status != status:
        note.status = status
    note.save()


def set_or_cleared_as_another_row_says(note: Note):
    """Both runs set, or both clear."""
    frozen = Setting.objects.filter(frozen=True).exists()
    if frozen and note.opened_at is None:
        note.opened_at = timezone.now()
        note.save(update_fields=["opened_at"])
    elif not frozen and note.opened_at:
        note.opened_at = None
        note.save(update_fields=["opened_at"])
