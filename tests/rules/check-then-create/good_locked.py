import redis
from django.core.cache import cache
from django.db import connection, models, transaction

client = redis.Redis(host="cache", socket_timeout=2)


class Room(models.Model):
    name = models.CharField(max_length=40)


class Booking(models.Model):
    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    day = models.DateField()


def parent_locked(room_id, day):
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room_id)
        if Booking.objects.filter(room=room, day=day).exists():
            return False
        Booking.objects.create(room=room, day=day)
        return True


def parent_locked_for_a_count(room_id, day):
    with transaction.atomic():
        Room.objects.select_for_update().get(pk=room_id)
        if Booking.objects.filter(room_id=room_id, day=day).count() >= 4:
            raise ValueError(day)
        Booking.objects.create(room_id=room_id, day=day)


@transaction.atomic
def parent_locked_then_get_or_create(room_id, day):
    room = Room.objects.select_for_update().get(pk=room_id)
    booking, _created = Booking.objects.get_or_create(room=room, day=day)
    return booking


def parent_locked_in_a_helper(room_id, day):
    with transaction.atomic():
        room = locked_room(room_id)
        if not room.booking_set.filter(day=day).exists():
            room.booking_set.create(day=day)


def locked_room(room_id):
    return Room.objects.select_for_update().get(pk=room_id)


def distributed_lock(name):
    with client.lock(f"lock:room:{name}", timeout=10, blocking_timeout=3):
        if not Room.objects.filter(name=name).exists():
            Room.objects.create(name=name)


def lock_around_get_or_create(name):
    with client.lock(f"lock:room:{name}", timeout=10, blocking_timeout=3):
        return Room.objects.get_or_create(name=name)


def advisory_lock(number, name):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        if not Room.objects.filter(name=name).exists():
            Room.objects.create(name=name)


def added_to_the_cache_first(name):
    if not cache.add(f"room:{name}", 1, timeout=60):
        return False
    if not Room.objects.filter(name=name).exists():
        Room.objects.create(name=name)
    return True


class Trip(models.Model):
    name = models.CharField(max_length=40)


class Stop(models.Model):
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE)
    place = models.CharField(max_length=40)


def add_stop(trip_id, place):
    with transaction.atomic():
        trip = Trip.objects.select_for_update().get(pk=trip_id)
        _stop_once(trip, place)


def _stop_once(trip: Trip, place):
    """The row that was handed in is locked."""
    if not Stop.objects.filter(trip=trip, place=place).exists():
        Stop.objects.create(trip=trip, place=place)
