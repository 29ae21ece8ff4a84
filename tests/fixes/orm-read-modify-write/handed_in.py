"""Rows that somebody else has: read again when they are saved."""

from django.db import models
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Voucher(models.Model):
    orders = models.IntegerField(default=0)
    discount = models.DecimalField(max_digits=8, decimal_places=2)
    code = models.CharField(max_length=20)

    def record(self, discount):
        self.orders += 1
        self.discount += discount
        self.save()

    def count(self):
        self.orders += 1
        self.code = "used"
        self.save(update_fields=["orders", "code"])
        return self.code

    async def count_later(self):
        self.orders += 1
        await self.asave(update_fields=["orders"])


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallet"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def spend(voucher: Voucher, amount):
    voucher.discount = voucher.discount - amount
    voucher.save()


def pay(session: Session, wallet: Wallet, cents):
    wallet.cents += cents
    session.commit()


class Offer(models.Model):
    orders = models.PositiveIntegerField(default=0)
    amount = models.IntegerField()

    def save(self, *args, **kwargs):
        kwargs.pop("quietly", None)
        super().save(*args, **kwargs)

    def record_usage(self, used):
        self.orders += used["orders"]
        self.amount = self.amount + used["amount"]  # of all orders
        self.save()


class Careful(models.Model):
    orders = models.PositiveIntegerField(default=0)

    def save(self, *args, **kwargs):
        if self.orders > 10:
            raise ValueError(self.orders)
        super().save(*args, **kwargs)

    def record(self):
        self.orders += 1
        self.save()


class Checked(models.Model):
    orders = models.PositiveIntegerField(default=0)

    def save(self, *args, **kwargs):
        self.full_clean()
        super().save(*args, **kwargs)

    def record(self):
        self.orders += 1
        self.save()


async def handed_out(pk):
    offer = await Offer.objects.aget(pk=pk)
    offer.orders += 1
    await offer.asave()
    return offer
