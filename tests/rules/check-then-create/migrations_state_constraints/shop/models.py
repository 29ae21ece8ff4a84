from django.db import models


class Coupon(models.Model):
    code = models.CharField(max_length=20)


class Voucher(models.Model):
    code = models.CharField(max_length=20)


class Seat(models.Model):
    show = models.ForeignKey(Coupon, on_delete=models.CASCADE)
    number = models.IntegerField()
    state = models.CharField(max_length=10)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Label(models.Model):
    name = models.CharField(max_length=20)


class Ticket(models.Model):
    number = models.IntegerField()
    year = models.IntegerField()
