"""One of several decorators locks the row around the function."""

from django.db import models, transaction


class Bill(models.Model):
    is_open = models.BooleanField(default=True)


class Receipt(models.Model):
    bill = models.ForeignKey(Bill, on_delete=models.CASCADE)
    number = models.CharField(max_length=20)


def raising(fn):
    def wrapped(*args, **kwargs):
        result = fn(*args, **kwargs)
        if not result:
            raise ValueError("nothing")
        return result

    return wrapped


def when_open(fn):
    def wrapped(bill, *args, **kwargs):
        if not bill.is_open:
            raise ValueError("closed")
        return fn(bill, *args, **kwargs)

    return wrapped


def locked(fn):
    def wrapped(bill, *args, **kwargs):
        with transaction.atomic():
            bill = Bill.objects.select_for_update().get(pk=bill.pk)
            return fn(bill, *args, **kwargs)

    return wrapped


def told(fn):
    def wrapped(*args, **kwargs):
        result = fn(*args, **kwargs)
        print(result)
        return result

    return wrapped


@raising
@when_open
@locked
@told
def settle(bill: Bill, number):
    known = Receipt.objects.filter(bill=bill, number=number).first()
    if known:
        return known
    return Receipt.objects.create(bill=bill, number=number)


@raising
@when_open
def settle_unlocked(bill: Bill, number):
    known = Receipt.objects.filter(bill=bill, number=number).first()  # expect: FEN205
    if known:
        return known
    return Receipt.objects.create(bill=bill, number=number)
