"""In a model's own ``save``, ``clean`` and ``delete``, self holds what the caller has put there."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model


class Source(models.Model):
    name = models.CharField(max_length=80)
    tags = models.TextField(default="")
    is_checked = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="new")

    def save(self, *args, **kwargs):
        if not self.name or self.name.startswith("__replace"):
            self.name = f"source {self.pk}"
        if self.is_checked and "delete" not in self.tags:
            self.tags = ",".join([self.tags, "delete"])
        elif not self.is_checked and "delete" in self.tags:
            tags = self.tags.split(",")
            tags.remove("delete")
            self.tags = ",".join(tags)
        super().save(*args, **kwargs)
        if re.match("__replace", self.name):
            self.name = f"source {self.pk}"
            super().save(update_fields=["name"])

    def clean(self):
        if self.state == "new" and self.is_checked:
            self.state = "checked"
            self.save()

    def full_clean(self, *args, **kwargs):
        super().full_clean(*args, **kwargs)
        if self.state == "closed" and not self.is_checked:
            raise ValidationError("not checked")
        self.state = "valid"
        self.save(update_fields=["state"])


class Account(Model):
    state = models.CharField(max_length=10, default="open")
    note = models.TextField(default="")

    async def asave(self, *args, **kwargs):
        self.note = self.note.strip()
        await super().asave(*args, **kwargs)

    def delete(self, *args, **kwargs):
        if self.state == "open":
            self.state = "closed"
            self.note = self.note + " (closed)"
            self.save()
            return None
        return super().delete(*args, **kwargs)
