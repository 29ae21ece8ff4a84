"""Where it cannot be read which columns are set, what is overwritten is not sure."""

from celery import shared_task
from django.db import models

COLUMNS = {"text": "as_text", "number": "as_number"}


class Answer(models.Model):
    kind = models.CharField(max_length=10)
    as_text = models.TextField()
    as_number = models.IntegerField()

    @property
    def value(self):
        return self.as_text or self.as_number

    @value.setter
    def value(self, new):
        setattr(self, COLUMNS[self.kind], new)


@shared_task
def rename_choice(answer_id, text):
    Answer.objects.filter(pk=answer_id).update(as_text=text)


@shared_task
def answer(answer_id, new):
    row = Answer.objects.get(pk=answer_id)
    row.value = new
    row.save()


@shared_task
def answer_by_kind(answer_id, new):
    row = Answer.objects.get(pk=answer_id)
    setattr(row, COLUMNS[row.kind], new)
    row.save()


@shared_task
def classify(answer_id, kind):
    row = Answer.objects.get(pk=answer_id)
    setattr(row, "kind", kind)
    row.is_new = False
    row.save()  # expect: FEN208
