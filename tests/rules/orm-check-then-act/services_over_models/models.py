from django.db import models


class Seat(models.Model):
    number = models.CharField(max_length=5, unique=True)
    taken_by = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, default="free")

    @property
    def is_free(self):
        return self.state == "free"

    def mark_taken(self):
        self.state = "taken"
        self.save(update_fields=["state"])
