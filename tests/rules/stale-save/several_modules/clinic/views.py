from django.shortcuts import get_object_or_404
from django.views import View

from clinic.models import Patient


def _patient_of(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    return patient, request.user.is_staff


class Rename(View):
    def post(self, request, patient_id):
        patient, is_staff = _patient_of(request, patient_id)
        if not is_staff:
            return
        patient.name = request.POST["name"]
        patient.save()  # expect: FEN208 "Patient.visited (models.py:12)"
