"""Started by hand, once: nobody else runs it at the same time, as far as the code tells."""

from django.core.mail import mail_admins
from django.core.management.base import BaseCommand

from jobs.models import Job


class Command(BaseCommand):
    def handle(self, *args, **options):
        for job in Job.objects.filter(state="failed"):
            job.state = "queued"
            job.runs = job.runs + 1
            job.save(update_fields=["state", "runs"])
            mail_admins("Queued again", str(job.pk))
