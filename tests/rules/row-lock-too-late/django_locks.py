"""Row locks of Django that come too late, end too early, or are refused."""

from django.db import models, transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views import View


class Ticket(models.Model):
    code = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10)
    uses = models.IntegerField(default=0)
    note = models.TextField(blank=True)


class Visit(models.Model):
    ticket = models.ForeignKey(Ticket, models.CASCADE)


def admit(request, code):
    ticket = get_object_or_404(Ticket, code=code)
    if ticket.state != "new":
        return None
    with transaction.atomic():
        locked = Ticket.objects.select_for_update().get(pk=ticket.pk)  # expect: FEN209 "only after it was read"
        locked.state = "used"
        locked.save(update_fields=["state"])
        return Visit.objects.create(ticket=locked)


def admit_and_drop(request, code):
    ticket = get_object_or_404(Ticket, code=code)
    with transaction.atomic():
        Ticket.objects.select_for_update().get(code=code)  # expect: FEN209 "only after it was read"
        ticket.uses += 1
        ticket.save(update_fields=["uses"])


class Count(View):
    def post(self, request, code):
        with transaction.atomic():
            ticket = Ticket.objects.select_for_update().get(code=code)  # expect: FEN209 "before the row is changed"
        ticket.uses = ticket.uses + 1
        ticket.save(update_fields=["uses"])


def admit_without(request, code):
    ticket = Ticket.objects.select_for_update().get(code=code)  # expect: FEN209 "outside a transaction"
    if ticket.state == "new":
        ticket.state = "used"
        ticket.save(update_fields=["state"])
        return Visit.objects.create(ticket=ticket)
    return None


def look(request, code):
    return Ticket.objects.select_for_update().filter(code=code).first()  # expect: FEN209 "is refused"


def admit_locked(request, code):
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(code=code)
        if ticket.state != "new":
            return None
        ticket.state = "used"
        ticket.save(update_fields=["state"])
        return Visit.objects.create(ticket=ticket)


def admit_asked_twice(request, code):
    """The first look only spares the lock; what counts is asked again under it."""
    ticket = get_object_or_404(Ticket, code=code)
    if ticket.state != "new":
        return None
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if ticket.state != "new":
            return None
        ticket.state = "used"
        ticket.save(update_fields=["state"])
        return Visit.objects.create(ticket=ticket)


def admit_read_again(request, code):
    with transaction.atomic():
        ticket = get_object_or_404(Ticket, code=code)
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        ticket.refresh_from_db()
        ticket.uses += 1
        ticket.save(update_fields=["uses"])


@transaction.atomic
def admit_decorated(request, code):
    ticket = Ticket.objects.select_for_update().get(code=code)
    ticket.uses += 1
    ticket.save(update_fields=["uses"])


def _locked(code):
    """Its callers have opened the transaction."""
    return Ticket.objects.select_for_update().get(code=code)


def count_with_helper(request, code):
    with transaction.atomic():
        ticket = _locked(code)
        ticket.uses += 1
        ticket.save(update_fields=["uses"])


def upsert(request, code):
    """The call locks, in a transaction of its own."""
    Ticket.objects.update_or_create(code=code, defaults={"note": request.POST["note"]})


def number_of_all(request):
    """The rows are in memory when they are counted."""
    tickets = Ticket.objects.select_for_update().filter(state="new")
    with transaction.atomic():
        for ticket in tickets:
            ticket.note = "seen"
            ticket.save(update_fields=["note"])
    return len(tickets)


def queue(request):
    """A query that is never sent takes no lock; that is for another rule."""
    return {"tickets": Ticket.objects.filter(state="new")}


urlpatterns = [
    path("admit/<code>/", admit),
    path("drop/<code>/", admit_and_drop),
    path("count/<code>/", Count.as_view()),
    path("without/<code>/", admit_without),
    path("look/<code>/", look),
    path("locked/<code>/", admit_locked),
    path("twice/<code>/", admit_asked_twice),
    path("again/<code>/", admit_read_again),
    path("decorated/<code>/", admit_decorated),
    path("helper/<code>/", count_with_helper),
    path("upsert/<code>/", upsert),
    path("number/", number_of_all),
    path("queue/", queue),
]
