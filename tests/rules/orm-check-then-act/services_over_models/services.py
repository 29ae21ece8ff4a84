from celery import shared_task

from .database import serial_transaction
from .models import Seat


@shared_task
def print_ticket(seat_id):
    return seat_id


def take(number):
    seat = Seat.objects.get(number=number)  # expect: FEN204
    if not seat.is_free:
        return False
    seat.mark_taken()
    return True


def take_under_row_lock(number):
    with serial_transaction():
        seat = Seat.objects.select_for_update().get(number=number)
        if not seat.is_free:
            return False
        seat.mark_taken()
        return True


def take_conditionally(number):
    if not Seat.objects.filter(number=number, state="free").update(state="taken"):
        return False
    return True


@shared_task
def print_next():
    seat = Seat.objects.filter(state="taken").first()  # expect: FEN204
    if seat is None:
        return
    Seat.objects.filter(pk=seat.pk).update(state="printed")
    print_ticket.delay(seat.pk)
