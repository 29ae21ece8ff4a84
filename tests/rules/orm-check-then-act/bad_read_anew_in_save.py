"""A model's own ``save`` that reads the row once more, methods that are no such override, and callers of ``save``."""

from django.db import models


class Ticket(models.Model):
    state = models.CharField(max_length=10, default="new")
    visits = models.IntegerField(default=0)


class Letter(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)


class Order(models.Model):
    state = models.CharField(max_length=10, default="new")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    changes = models.IntegerField(default=0)

    def save(self, *args, **kwargs):
        stored = Order.objects.get(pk=self.pk)  # expect: FEN203
        self.changes = stored.changes + 1
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        ticket = Ticket.objects.get(pk=self.ticket_id)  # expect: FEN204
        if ticket.state == "new":
            ticket.state = "void"
            ticket.save(update_fields=["state"])
            Letter.objects.create(ticket=ticket)
        return super().delete(*args, **kwargs)

    def close(self):
        if self.state == "new":  # expect: FEN204
            self.state = "closed"
            Letter.objects.create(ticket=self.ticket)
            super().save(update_fields=["state"])


class Meter(models.Model):
    readings = models.IntegerField(default=0)

    def save(self, *args, **kwargs):
        self.readings = self.readings + 1
        super().save(*args, **kwargs)


def read_meter(pk):
    meter = Meter.objects.get(pk=pk)  # expect: FEN203
    meter.save()
