from django.db import models


class Job(models.Model):
    state = models.CharField(max_length=10, default="queued")
    runs = models.IntegerField(default=0)
