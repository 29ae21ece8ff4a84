"""The commit comes after the release."""

import redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

client = redis.Redis()
Factory = sessionmaker()


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def commit_after(session: Session, wallet_id, amount):
    with client.lock(f"wallet:{wallet_id}", timeout=10):
        wallet = session.get(Wallet, wallet_id)
        wallet.balance -= amount  # and now
    # to the disk
    session.commit()  # at last


def flushed(session: Session, wallet_id, amount):
    with client.lock(f"wallet:{wallet_id}", timeout=10):
        wallet = session.execute(select(Wallet).where(Wallet.id == wallet_id)).scalar_one()
        wallet.balance -= amount
        session.flush()
    session.commit()
    client.incr("withdrawn")


def block(wallet_id, amount):
    with Factory.begin() as session:
        with client.lock(f"wallet:{wallet_id}", timeout=10):
            wallet = session.get(Wallet, wallet_id)
            wallet.balance -= amount


async def asynchronous(session: AsyncSession, wallet_id, amount):
    lock = client.lock(f"wallet:{wallet_id}", timeout=10)
    lock.acquire()
    try:
        wallet = await session.get(Wallet, wallet_id)
        wallet.balance -= amount
    finally:
        lock.release()
    await session.commit()
