from tortoise import fields
from tortoise.models import Model


class TimestampMixin:
    created_at = fields.DatetimeField(auto_now_add=True)


class Wallet(TimestampMixin, Model):
    owner = fields.IntField(unique=True)
    balance = fields.IntField(default=0)

    async def deposit(self, amount):
        self.balance += amount  # expect: FEN203 "Wallet.balance"
        await self.save()
