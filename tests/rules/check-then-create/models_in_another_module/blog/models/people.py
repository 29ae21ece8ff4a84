from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField()

    class Meta:
        constraints = [models.UniqueConstraint("email", name="one_author_per_address")]
