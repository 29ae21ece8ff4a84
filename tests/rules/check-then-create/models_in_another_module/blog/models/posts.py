from django.db import models

from .people import Author
from .shared import Slugged, Titled


class Post(Slugged, Titled):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)


class Tag(Titled):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="tags")
