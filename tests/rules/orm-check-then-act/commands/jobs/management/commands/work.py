"""A worker: it runs for ever, and there is more than one."""

import time

from django.core.mail import mail_admins
from django.core.management.base import BaseCommand
from django.db import transaction

from jobs.models import Job


class Command(BaseCommand):
    def handle(self, *args, **options):
        while True:
            self.run_one()
            self.run_one_locked()
            time.sleep(5)

    def run_one(self):
        job = Job.objects.filter(state="queued").order_by("pk").first()  # expect: FEN204
        if job is None:
            return
        job.state = "running"
        job.save(update_fields=["state"])
        mail_admins("Running", str(job.pk))

    def run_one_locked(self):
        with transaction.atomic():
            job = Job.objects.select_for_update(skip_locked=True).filter(state="urgent").order_by("pk").first()
            if job is None:
                return
            job.state = "running"
            job.save(update_fields=["state"])
        mail_admins("Running", str(job.pk))
