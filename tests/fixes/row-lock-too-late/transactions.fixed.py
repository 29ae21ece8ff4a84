"""The lock moves to the read that decides, and lasts until the change."""

from django.db import models, transaction
from django.shortcuts import get_object_or_404


class Ticket(models.Model):
    code = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10)
    uses = models.IntegerField(default=0)


def read_before(request, code):
    ticket = get_object_or_404(Ticket, code=code)
    if ticket.state != "new":
        return None
    with transaction.atomic():
        # now for sure
        locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
        locked.state = "used"
        locked.save(update_fields=["state"])
    return locked


def locked_for_nothing(request, code):
    with transaction.atomic():
        ticket = get_object_or_404(Ticket.objects.select_for_update(), code=code)
        # the lock
        Ticket.objects.select_for_update().get(code=code)
        ticket.uses += 1
        ticket.save(update_fields=["uses"])


class Count:
    def post(self, request, code):
        with transaction.atomic():
            ticket = Ticket.objects.select_for_update().get(code=code)
            ticket.uses = ticket.uses + 1
            ticket.save(update_fields=["uses"])


def outside(request, code):
    ticket = Ticket.objects.select_for_update().get(code=code)
    if ticket.state == "new":
        ticket.state = "used"
        ticket.save(update_fields=["state"])
        return ticket
    return None
