"""The new value is compared with the old one only to spare the writing; who sets it last has set it everywhere."""

from decimal import Decimal

from django.db import models, transaction


class Line(models.Model):
    number = models.IntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    shown = models.CharField(max_length=20)


class Discount(models.Model):
    line = models.OneToOneField(Line, on_delete=models.CASCADE)
    value = models.DecimalField(max_digits=8, decimal_places=2)


def label_of(value):
    return f"minus {value}"


def set_discount(discount_id, value):
    discount = Discount.objects.get(pk=discount_id)
    if discount.value != value:
        discount.value = value
        discount.save(update_fields=["value"])
        Line.objects.filter(pk=discount.line_id).update(shown=label_of(value))


@transaction.atomic
def edit_discount(discount_id, value: Decimal | None):
    discount = Discount.objects.get(pk=discount_id)
    current = discount.value
    value = value or current
    discount.value = value
    discount.save(update_fields=["value"])
    if current != value:
        line = Line.objects.get(pk=discount.line_id)
        line.shown = label_of(value)
        line.save(update_fields=["shown"])


class Kinds:
    def allows(self, kind, value):
        return (kind, value) != ("percent", 0)


def refuse_what_is_not_allowed(line: Line, shown: str | None, kinds: Kinds):
    shown = shown if shown is not None else line.shown
    if shown != line.shown and not kinds.allows(shown, line.number):
        raise ValueError(shown)
    line.shown = shown
    line.save(update_fields=["shown"])
    return line


def nothing_to_do(line_id, shown):
    line = Line.objects.get(pk=line_id)
    if line.shown == shown:
        return False
    line.shown = shown
    line.save(update_fields=["shown"])
    return True
