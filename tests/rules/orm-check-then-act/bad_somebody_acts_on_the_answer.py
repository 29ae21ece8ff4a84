"""The state ends the same, but who is told "yours" goes on; or something else happens twice."""

from django.core.mail import send_mail
from django.db import models
from rest_framework.response import Response
from rest_framework.views import APIView


class Job(models.Model):
    is_taken = models.BooleanField(default=False)
    email = models.EmailField()


def claim(pk):
    job = Job.objects.get(pk=pk)  # expect: FEN204
    if job.is_taken:
        return False
    job.is_taken = True
    job.save(update_fields=["is_taken"])
    return True


class JobView(APIView):
    def post(self, request, pk):
        job = Job.objects.get(pk=pk)  # expect: FEN204
        if job.is_taken:
            return Response(status=409)
        send_mail("Taken", "You have it", None, [job.email])
        job.is_taken = True
        job.save(update_fields=["is_taken"])
        return Response(status=204)
