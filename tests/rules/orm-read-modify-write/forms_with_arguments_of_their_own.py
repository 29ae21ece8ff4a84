"""What a form saves is made of the values that it is given, not of what else its class takes."""

from django import forms
from django.db import models
from django.shortcuts import get_object_or_404


class Kind(models.Model):
    name = models.CharField(max_length=20)
    is_single = models.BooleanField(default=False)
    uses = models.IntegerField(default=0)


class KindForm(forms.ModelForm):
    class Meta:
        model = Kind
        fields = ["name", "is_single", "uses"]

    def __init__(self, *args, **kwargs):
        is_single = kwargs.pop("is_single")
        super().__init__(*args, **kwargs)
        if not is_single:
            self.fields["is_single"].widget = forms.HiddenInput()


def edit(request, pk):
    kind = get_object_or_404(Kind, pk=pk)
    form = KindForm(request.POST, instance=kind, is_single=kind.is_single)
    if form.is_valid():
        form.save()


def use(request, pk):
    kind = get_object_or_404(Kind, pk=pk)  # expect: FEN203
    form = KindForm({"name": "used", "uses": kind.uses + 1}, instance=kind, is_single=True)
    if form.is_valid():
        form.save()
