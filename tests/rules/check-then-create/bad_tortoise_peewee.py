"""Rows of Tortoise and Peewee that are looked for and then created, without a constraint."""

import peewee
from tortoise import fields
from tortoise.models import Model


class Coupon(Model):
    code = fields.CharField(max_length=20)
    owner = fields.IntField()


class Seat(peewee.Model):
    row = peewee.CharField()
    number = peewee.IntegerField()


async def give(code, owner):
    if not await Coupon.exists(code=code):  # expect: FEN205 "Coupon(code)"
        await Coupon.create(code=code, owner=owner)


async def give_once(code, owner):
    coupon = await Coupon.get_or_none(code=code)  # expect: FEN205
    if coupon is None:
        coupon = await Coupon.create(code=code, owner=owner)
    return coupon


async def give_or_get(code, owner):
    coupon, _ = await Coupon.get_or_create(code=code, defaults={"owner": owner})  # expect: FEN205 "unique"
    return coupon


async def filtered(code, owner):
    found = await Coupon.filter(code=code).count()  # expect: FEN205
    if found == 0:
        coupon = Coupon(code=code, owner=owner)
        await coupon.save()


def sit(row, number):
    if not Seat.select().where((Seat.row == row) & (Seat.number == number)).exists():  # expect: FEN205 "Seat("
        Seat.create(row=row, number=number)


def sit_by_a_statement(row, number):
    if Seat.get_or_none(Seat.row == row, Seat.number == number) is None:  # expect: FEN205
        Seat.insert(row=row, number=number).execute()


def sit_or_get(row, number):
    return Seat.get_or_create(row=row, number=number)  # expect: FEN205 "unique"
