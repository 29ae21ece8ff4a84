"""A default that is computed, and a value that is looked up by what was read, are computed all the same."""

from django.db import models
from rest_framework.views import APIView


class Sheet(models.Model):
    title = models.CharField(max_length=90)
    revision = models.IntegerField(default=0)
    stage = models.CharField(max_length=9)


FOLLOWING = {"new": "open", "open": "done"}


class SheetView(APIView):
    def patch(self, request, pk):
        sheet = Sheet.objects.get(pk=pk)  # expect: FEN203
        sheet.revision = request.data.get("revision", sheet.revision + 1)
        sheet.save()

    def put(self, request, pk):
        sheet = Sheet.objects.get(pk=pk)  # expect: FEN203
        sheet.stage = FOLLOWING.get(sheet.stage, "new")
        sheet.save()


def bump(pk):
    sheet = Sheet.objects.get(pk=pk)  # expect: FEN203
    sheet.revision += 1
    sheet.save()
    sheet.pk = None
