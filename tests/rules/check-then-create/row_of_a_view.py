"""The row that a view is about is one of its own method's, and not None, to which no constraint holds."""

from django.db import models
from rest_framework.decorators import action
from rest_framework.viewsets import ModelViewSet


class Meter(models.Model):
    label = models.CharField(max_length=50)


class Seal(models.Model):
    meter = models.OneToOneField(Meter, on_delete=models.CASCADE)
    note = models.CharField(max_length=50)


class Reading(models.Model):
    meter = models.ForeignKey(Meter, on_delete=models.CASCADE)


class MeterViewSet(ModelViewSet):
    queryset = Meter.objects.none()

    def get_queryset(self):
        return Meter.objects.filter(label__startswith="m")

    @action(detail=True, methods=["post"])
    def seal(self, request, pk=None):
        meter = self.get_object()
        seal, _ = Seal.objects.get_or_create(meter=meter)
        seal.note = "sealed"
        seal.save(update_fields=["note"])

    @action(detail=True, methods=["post"])
    def first(self, request, pk=None):
        meter = self.get_object()
        if not Reading.objects.filter(meter=meter).exists():  # expect: FEN205
            Reading.objects.create(meter=meter)


class Odd(ModelViewSet):
    @action(detail=True, methods=["post"])
    def seal(self, request, pk=None):
        meter = self.get_object()
        Seal.objects.get_or_create(meter=meter)
