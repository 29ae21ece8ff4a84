from tortoise.expressions import F

from app.models import Wallet


async def pay(owner, amount):
    wallet = await Wallet.get(owner=owner)  # expect: FEN203 "Wallet.balance"
    wallet.balance -= amount
    await wallet.save(update_fields=["balance"])


async def refund(owner, amount):
    await Wallet.filter(owner=owner).update(balance=F("balance") + amount)
