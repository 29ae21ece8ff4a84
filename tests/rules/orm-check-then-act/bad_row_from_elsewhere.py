from celery import shared_task
from django.db import models, transaction


class Ticket(models.Model):
    state = models.CharField(max_length=10, default="open")
    opened = models.BooleanField(default=False)

    def close(self):
        if self.state == "closed":  # expect: FEN204
            raise ValueError(self.pk)
        self.state = "closed"
        self.save(update_fields=["state"])

    def open_once(self):
        if self.opened:  # expect: FEN204
            return False
        self.opened = True
        self.save(update_fields=["opened"])
        return True

    @transaction.atomic
    def close_in_a_transaction(self):
        if self.state != "open":  # expect: FEN204
            return False
        self.state = "closed"
        self.save(update_fields=["state"])
        return True


@shared_task
def tell(ticket_id):
    return ticket_id


def row_as_parameter(ticket: Ticket):
    if not ticket.opened:  # expect: FEN204
        ticket.opened = True
        ticket.save(update_fields=["opened"])
        tell.delay(ticket.pk)


def row_locked_but_not_read_again(ticket: Ticket):
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)  # expect: FEN209
        if ticket.opened:
            return False
        ticket.opened = True
        ticket.save(update_fields=["opened"])
        return True


def load(pk):
    return Ticket.objects.get(pk=pk)  # expect: FEN204


def read_in_a_helper(pk):
    ticket = load(pk)
    if ticket.opened:
        return False
    ticket.opened = True
    ticket.save(update_fields=["opened"])
    return True


def is_open(pk):
    return Ticket.objects.get(pk=pk).state == "open"  # expect: FEN204


def tested_in_a_helper(pk):
    if not is_open(pk):
        return False
    Ticket.objects.filter(pk=pk).update(state="closed")
    return True


def mark_closed(pk):
    Ticket.objects.filter(pk=pk).update(state="closed")


def written_in_a_helper(pk):
    ticket = Ticket.objects.get(pk=pk)  # expect: FEN204
    if ticket.state != "open":
        return False
    mark_closed(pk)
    return True


@shared_task
def in_a_task(pk):
    ticket = Ticket.objects.get(pk=pk)  # expect: FEN204
    if ticket.state != "open":
        return
    ticket.state = "closed"
    ticket.save(update_fields=["state"])
    tell.delay(pk)
