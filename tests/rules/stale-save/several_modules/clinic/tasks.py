from celery import shared_task

from clinic.models import Patient


@shared_task
def take_over(patient_id, day):
    Patient.objects.get(pk=patient_id).visited(day)


@shared_task
def note_phone(patient_id, phone):
    Patient.objects.get(pk=patient_id).call_back(phone)
