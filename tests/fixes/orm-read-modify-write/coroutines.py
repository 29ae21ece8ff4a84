"""Asynchronous sessions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

sessions = async_sessionmaker(create_async_engine("postgresql+asyncpg://db/shop"))


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


async def get(session: AsyncSession, account_id, amount):
    account = await session.get(Account, account_id)
    account.balance -= amount
    await session.commit()


async def handed_back(session: AsyncSession, account_id, amount):
    account = await session.get(Account, account_id)
    account.balance -= amount
    await session.commit()
    return account


async def own(account_id, amount):
    async with sessions() as session, session.begin():
        result = await session.execute(select(Account).where(Account.id == account_id))
        account = result.scalar_one()
        account.balance = max(0, account.balance - amount)
