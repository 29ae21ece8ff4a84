"""Sessions under a new name, a maker that is set when the process starts, a repository that sets what a dict says."""

import contextlib
from collections.abc import AsyncIterator
from typing import NewType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ReadSession = NewType("ReadSession", AsyncSession)
Session = NewType("Session", ReadSession)
Maker = async_sessionmaker[AsyncSession]

maker: Maker | None = None
limit = 0


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]
    owner: Mapped[str]


def start(url):
    global maker, limit
    maker = async_sessionmaker(create_async_engine(url))
    limit = 100


def get_session() -> contextlib.AbstractAsyncContextManager[Session]:
    if maker is None:
        raise RuntimeError("not started")
    return maker()


@contextlib.asynccontextmanager
async def session_scope() -> AsyncIterator[Session]:
    async with get_session() as session:
        try:
            yield session
        except BaseException:
            await session.rollback()
            raise
        else:
            await session.commit()


class Wallets:
    def __init__(self, session: Session | ReadSession) -> None:
        self.session = session

    async def locked(self, wallet_id) -> Wallet:
        statement = select(Wallet).where(Wallet.id == wallet_id).with_for_update()
        return (await self.session.execute(statement)).scalar_one()

    async def update(self, wallet: Wallet, changes: dict):
        for name, value in changes.items():
            setattr(wallet, name, value)
        await self.session.flush()


async def deposit(session: Session, wallet_id, cents):
    wallet = await session.get(Wallet, wallet_id)  # expect: FEN203
    wallet.cents += cents
    await session.commit()


async def deposit_by_dict(session: Session, wallet_id, cents, owner):
    wallets = Wallets(session)
    wallet = await session.get(Wallet, wallet_id)  # expect: FEN203
    await wallets.update(wallet, {"cents": wallet.cents + cents, "owner": owner})
    await session.commit()


async def deposit_in_a_scope(wallet_id, cents):
    async with session_scope() as session:
        wallet = await session.get(Wallet, wallet_id)  # expect: FEN203
        wallet.cents += cents


async def deposit_up_to(session: Session, wallet_id, cents):
    if limit == 0:
        return
    wallet = await session.get(Wallet, wallet_id)  # expect: FEN203
    wallet.cents += cents
    await session.commit()


async def rename(session: Session, wallet_id, owner):
    wallets = Wallets(session)
    wallet = await session.get(Wallet, wallet_id)
    await wallets.update(wallet, {"owner": owner})
    await session.commit()


async def deposit_locked(wallet_id, cents):
    async with session_scope() as session:
        wallets = Wallets(session)
        wallet = await wallets.locked(wallet_id)
        await wallets.update(wallet, {"cents": wallet.cents + cents})
