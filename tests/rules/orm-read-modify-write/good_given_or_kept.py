"""What a request does not give is left as it was: nothing is computed. A copy is another row."""

import uuid

from django.db import models
from django.shortcuts import get_object_or_404
from django.views import View
from rest_framework.response import Response
from rest_framework.views import APIView


class Sheet(models.Model):
    title = models.CharField(max_length=90)
    filters = models.JSONField(default=dict)
    revision = models.IntegerField(default=0)

    def save(self, *args, **kwargs):
        if self._state.adding:
            Revision.objects.create(sheet=self)
        super().save(*args, **kwargs)


class Revision(models.Model):
    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE)


class SheetView(APIView):
    def patch(self, request, pk):
        sheet = Sheet.objects.get(pk=pk)
        sheet.title = request.data.get("title", sheet.title)
        filters = sheet.filters
        sheet.filters = request.data.pop("filters", filters)
        sheet.save()
        return Response(status=204)


class FormView(View):
    def post(self, request, pk):
        sheet = get_object_or_404(Sheet, pk=pk)
        sheet.title = getattr(request, "title", sheet.title)
        sheet.filters = request.POST.get("filters") or sheet.filters
        sheet.save()


def copy(pk):
    sheet = Sheet.objects.get(pk=pk)
    sheet.pk = None
    sheet.title = f"{sheet.title} (copy)"
    sheet.revision += 1
    sheet.save()
    return sheet


def copy_with_another_key(pk):
    sheet = Sheet.objects.get(pk=pk)
    sheet.id = None
    sheet._state.adding = True
    sheet.title = f"{sheet.title} {uuid.uuid4()}"
    sheet.save()
