from django.db import models


class Harbour(models.Model):
    name = models.CharField(max_length=40)


class Pier(models.Model):
    name = models.CharField(max_length=40)
