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
