import functools

from django.db import models, transaction


class Payment(models.Model):
    captured = models.IntegerField(default=0)
    refunded = models.IntegerField(default=0)


def with_locked_payment(function):
    """Passes the function a fresh row that stays locked until it is done."""

    @functools.wraps(function)
    def wrapper(payment, *args, **kwargs):
        with transaction.atomic():
            payment = Payment.objects.select_for_update().get(pk=payment.pk)
            return function(payment, *args, **kwargs)

    return wrapper


@with_locked_payment
def capture(payment, amount):
    payment.captured += amount
    payment.save(update_fields=["captured"])


class PaymentService:
    def __init__(self, payment_id):
        self.payment_id = payment_id

    def _locked(self):
        return Payment.objects.select_for_update().get(pk=self.payment_id)

    def refund(self, amount):
        with transaction.atomic():
            payment = self._locked()
            payment.refunded += amount
            payment.save(update_fields=["refunded"])


class Change:
    """Subclasses say how the row is read and what is done to it."""

    def get_row(self, pk):
        return Payment.objects.get(pk=pk)

    @transaction.atomic
    def run(self, pk, amount):
        self.perform(self.get_row(pk), amount)

    def perform(self, row, amount):
        raise NotImplementedError


class LockedRefund(Change):
    def get_row(self, pk):
        return Payment.objects.select_for_update().get(pk=pk)

    def perform(self, row, amount):
        row.refunded += amount
        row.save(update_fields=["refunded"])
