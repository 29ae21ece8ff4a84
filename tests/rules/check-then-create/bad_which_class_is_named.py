"""The class is named in the source, whether it is found or not."""

from shop.models import Coupon

from django.db import models


class Voucher(models.Model):
    code = models.CharField(max_length=20)

    @classmethod
    def once(cls, code):
        if not cls.objects.filter(code=code).exists():  # expect: FEN205
            cls.objects.create(code=code)


def coupon(code):
    if not Coupon.objects.filter(code=code).exists():  # expect: FEN205
        Coupon.objects.create(code=code)


def by_its_name(code):
    model = Voucher
    if not model.objects.filter(code=code).exists():  # expect: FEN205
        model.objects.create(code=code)
