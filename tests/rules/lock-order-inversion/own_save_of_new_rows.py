"""A class's own save counts in the shelf first, and saves the row itself last: mostly one that is new."""

from django.db import models, transaction
from django.db.models import F


class Shelf(models.Model):
    last = models.IntegerField(null=True)


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
    place = models.IntegerField(null=True)

    @transaction.atomic
    def save(self, *args, **kwargs):
        if self.pk is None or self.place is None:
            self.choose_place()
        super().save(*args, **kwargs)

    def choose_place(self):
        if self.shelf.last is None:  # expect: FEN204
            self.place = 1
            self.shelf.last = 1
            self.shelf.save(update_fields=["last"])
        else:
            Shelf.objects.filter(pk=self.shelf.pk).update(last=F("last") + 1)
            self.shelf.refresh_from_db()
            self.place = self.shelf.last

    @transaction.atomic
    def delete(self, *args, **kwargs):
        self.shelf.books.filter(place__gt=self.place).update(place=F("place") - 1)
        Shelf.objects.filter(pk=self.shelf.pk).update(last=F("last") - 1)
        super().delete(*args, **kwargs)
