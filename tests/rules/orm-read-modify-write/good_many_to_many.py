"""What a relation's manager adds and removes are rows of a table of its own: no column of the saved row."""

from django.db import models


class Voucher(models.Model):
    code = models.CharField(max_length=20)


class Basket(models.Model):
    vouchers = models.ManyToManyField(Voucher, related_name="baskets")
    changed = models.DateTimeField(auto_now=True)


def take_out(pk, voucher: Voucher):
    basket = Basket.objects.get(pk=pk)
    basket.vouchers.remove(voucher)
    basket.save()


def put_in(pk, voucher: Voucher):
    basket = Basket.objects.get(pk=pk)
    basket.vouchers.add(voucher)
    voucher.baskets.add(basket)
    basket.save()


def join_what_is_handed_in(group, members, name):
    group.instances.add(*members)
    if name != group.name:
        group.name = name
        group.save()
