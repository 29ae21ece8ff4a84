"""Models made abstract so that a project can make its own of them: the relations name the classes that it will make."""

from django.db import models


class AbstractShelf(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        abstract = True

    def put(self, book):
        if not self.places.filter(book=book).exists():
            self.places.create(book=book)

    def count(self, book):
        place, _created = self.places.get_or_create(book=book)
        return place

    def stick(self, text):
        if not self.labels.filter(text=text).exists():  # expect: FEN205
            self.labels.create(text=text)


class AbstractPlace(models.Model):
    shelf = models.ForeignKey("library.Shelf", on_delete=models.CASCADE, related_name="places")
    book = models.ForeignKey("library.Book", on_delete=models.CASCADE)

    class Meta:
        abstract = True
        unique_together = (("shelf", "book"),)


class AbstractLabel(models.Model):
    shelf = models.ForeignKey("library.Shelf", on_delete=models.CASCADE, related_name="labels")
    text = models.CharField(max_length=40)

    class Meta:
        abstract = True
