"""What an abstract property gives is for the classes below to say: it is not None, to which no constraint holds."""

import abc

from django.db import models


class Account(models.Model):
    provider = models.CharField(max_length=50)
    number = models.CharField(max_length=50)
    note = models.CharField(max_length=50)

    class Meta:
        unique_together = [("provider", "number")]


class Provider(abc.ABC):
    @property
    @abc.abstractmethod
    def short_name(self):
        """For example: orcid."""
        pass

    @property
    def no_name(self):
        return None

    def connect(self, info):
        return Account.objects.get_or_create(provider=self.short_name, number=info["number"])

    def connect_unnamed(self, info):
        return Account.objects.get_or_create(provider=self.no_name, number=info["number"])  # expect: FEN205
