"""Nothing is safe here, or can be said."""

from django.db import IntegrityError, models
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Account(models.Model):
    balance = models.IntegerField(default=0)
    slug = models.SlugField(unique=True)


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallet"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def handed_in(account: Account, amount):
    account.balance -= amount  # unfixed: "used between the change and the save"
    account.full_clean()
    account.save()


async def by_session(session: AsyncSession, wallet: Wallet, cents):
    wallet.cents += cents  # unfixed: "the row is handed in"
    await session.commit()


async def awaited(pk):
    account = await Account.objects.aget(pk=pk)  # unfixed: "no transactions for asynchronous code"
    account.balance = max(account.balance - 1, 0)
    await account.asave(update_fields=["balance"])
    return account


def error_is_handled(pk, slug):
    account = Account.objects.get(pk=pk)  # unfixed: "would break the transaction"
    account.balance += 1
    account.slug = slug
    try:
        account.save()
    except IntegrityError:
        account.slug = "taken"
        account.save()
