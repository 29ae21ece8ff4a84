"""Rows of Tortoise and Peewee that a constraint keeps apart."""

import peewee
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model


class Coupon(Model):
    code = fields.CharField(max_length=20, unique=True)
    owner = fields.IntField()


class Vote(Model):
    poll = fields.IntField()
    voter = fields.IntField()

    class Meta:
        unique_together = (("poll", "voter"),)


class Seat(peewee.Model):
    row = peewee.CharField()
    number = peewee.IntegerField()

    class Meta:
        indexes = ((("row", "number"), True),)


class Place(peewee.Model):
    hall = peewee.CharField()
    number = peewee.IntegerField()

    class Meta:
        primary_key = peewee.CompositeKey("hall", "number")


async def give(code, owner):
    if await Coupon.exists(code=code):
        return None
    try:
        return await Coupon.create(code=code, owner=owner)
    except IntegrityError:
        return None


async def give_or_get(code, owner):
    coupon, _ = await Coupon.get_or_create(code=code, defaults={"owner": owner})
    return coupon


async def vote(poll, voter):
    return await Vote.get_or_create(poll=poll, voter=voter)


def sit(row, number):
    return Seat.get_or_create(row=row, number=number)


def stand(hall, number):
    return Place.get_or_create(hall=hall, number=number)


def sit_if_free(row, number):
    if Seat.select().where((Seat.row == row) & (Seat.number == number)).exists():
        return None
    try:
        return Seat.create(row=row, number=number)
    except peewee.IntegrityError:
        return None


def insert_or_leave(row, number):
    if Seat.get_or_none(Seat.row == row, Seat.number == number) is None:
        Seat.insert(row=row, number=number).on_conflict_ignore().execute()
