from django.db import transaction
from django.db.models import F

from shop.models import Coupon, CouponUse
from shop.tasks import send_coupon_receipt


class CouponSpent(Exception):
    pass


def redeem(code, customer):
    coupon = Coupon.objects.get(code=code)  # expect: FEN204
    if coupon.redeemed:
        raise CouponSpent(code)
    coupon.redeemed = True
    coupon.save(update_fields=["redeemed"])
    send_coupon_receipt.delay(coupon.pk, customer.pk)
    return coupon.percent


def redeem_under_row_lock(code, customer):
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update().get(code=code)
        if coupon.redeemed:
            raise CouponSpent(code)
        coupon.redeemed = True
        coupon.save(update_fields=["redeemed"])
    send_coupon_receipt.delay(coupon.pk, customer.pk)
    return coupon.percent


def redeem_conditionally(code, customer):
    coupon = Coupon.objects.get(code=code)
    taken = Coupon.objects.filter(pk=coupon.pk, redeemed=False).update(redeemed=True)
    if not taken:
        raise CouponSpent(code)
    send_coupon_receipt.delay(coupon.pk, customer.pk)
    return coupon.percent


def use_up(code):
    coupon = Coupon.objects.get(code=code)  # expect: FEN204
    if coupon.uses_left < 1:
        raise CouponSpent(code)
    Coupon.objects.filter(pk=coupon.pk).update(uses_left=F("uses_left") - 1)
    return coupon.percent


def use_up_conditionally(code):
    changed = Coupon.objects.filter(code=code, uses_left__gte=1).update(uses_left=F("uses_left") - 1)
    if changed != 1:
        raise CouponSpent(code)


def remember_use(coupon, customer):
    _use, created = CouponUse.objects.get_or_create(coupon=coupon, customer=customer)
    return created
