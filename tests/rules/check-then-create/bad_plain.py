from django.db import models, transaction
from django.db.models import Max


class Room(models.Model):
    name = models.CharField(max_length=40)
    seats = models.IntegerField(default=4)


class Booking(models.Model):
    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    day = models.DateField()
    person = models.CharField(max_length=80)


class Ticket(models.Model):
    number = models.IntegerField()
    title = models.CharField(max_length=80)


def exists_then_create(room, day, person):
    if Booking.objects.filter(room=room, day=day).exists():  # expect: FEN205
        return False
    Booking.objects.create(room=room, day=day, person=person)
    return True


def exists_then_save(room, day, person):
    if Booking.objects.filter(room=room, day=day).exists():  # expect: FEN205
        raise ValueError(day)
    booking = Booking(room=room, day=day, person=person)
    booking.save()
    return booking


def not_exists_then_create(name):
    if not Room.objects.filter(name=name).exists():  # expect: FEN205 "Room"
        Room.objects.create(name=name)


def get_or_missing_then_create(name):
    try:
        return Room.objects.get(name=name)  # expect: FEN205
    except Room.DoesNotExist:
        return Room.objects.create(name=name)


def first_or_create(name):
    room = Room.objects.filter(name=name).first()  # expect: FEN205
    if room is None:
        room = Room.objects.create(name=name)
    return room


def first_or_create_in_one_expression(name):
    return Room.objects.filter(name=name).first() or Room.objects.create(name=name)  # expect: FEN205


def count_then_create(room: Room, day, person):
    if Booking.objects.filter(room=room, day=day).count() >= 4:  # expect: FEN205
        return False
    Booking.objects.create(room=room, day=day, person=person)
    return True


def length_then_create(room, day, person):
    bookings = Booking.objects.filter(room=room, day=day)
    if len(bookings) < 4:  # expect: FEN205
        Booking.objects.create(room=room, day=day, person=person)


def truth_then_create(name):
    rooms = Room.objects.filter(name=name)
    if not rooms:  # expect: FEN205
        Room.objects.create(name=name)


def membership_then_create(name):
    names = list(Room.objects.values_list("name", flat=True))  # expect: FEN205
    if name not in names:
        Room.objects.create(name=name)


def missing_ones_created(names):
    present = set(Room.objects.filter(name__in=names).values_list("name", flat=True))  # expect: FEN205
    Room.objects.bulk_create([Room(name=name) for name in names if name not in present])


def highest_number_then_create(title):
    highest = Ticket.objects.aggregate(highest=Max("number"))["highest"] or 0  # expect: FEN205
    return Ticket.objects.create(number=highest + 1, title=title)


def last_number_then_create(title):
    last = Ticket.objects.order_by("-number").first()  # expect: FEN205
    number = last.number + 1 if last else 1
    return Ticket.objects.create(number=number, title=title)


def count_as_number(title):
    return Ticket.objects.create(number=Ticket.objects.count() + 1, title=title)  # expect: FEN205


def transaction_is_not_enough(name):
    with transaction.atomic():
        if not Room.objects.filter(name=name).exists():  # expect: FEN205
            Room.objects.create(name=name)


def lock_on_rows_that_are_not_there(name):
    with transaction.atomic():
        if not Room.objects.select_for_update().filter(name=name).exists():  # expect: FEN205
            Room.objects.create(name=name)


def get_or_create(name):
    room, _created = Room.objects.get_or_create(name=name)  # expect: FEN205
    return room


def get_or_create_with_defaults(room, day, person):
    booking, created = Booking.objects.get_or_create(room=room, day=day, defaults={"person": person})  # expect: FEN205
    return booking if created else None


def update_or_create(name, seats):
    Room.objects.update_or_create(name=name, defaults={"seats": seats})  # expect: FEN205


def manager_of_the_parent(room: Room, day, person):
    if room.booking_set.filter(day=day).exists():  # expect: FEN205
        return False
    room.booking_set.create(day=day, person=person)
    return True
